/** The error codes of commands and the name of the exit code of each. One code never has two. */
export const failureExits = {
  apps_file: 'configuration',
  audit_broken: 'failed',
  backup_damaged: 'failed',
  backup_newer: 'failed',
  bad_host: 'configuration',
  cancelled: 'failed',
  clock_wrong: 'failed',
  configuration: 'configuration',
  data_folder: 'failed',
  database_away: 'failed',
  database_connections: 'configuration',
  database_damaged: 'failed',
  database_encoding: 'configuration',
  database_full: 'failed',
  database_in_use: 'failed',
  database_privileges: 'configuration',
  database_refused: 'configuration',
  database_tls: 'configuration',
  database_tls_file: 'configuration',
  file_exists: 'conflict',
  file_missing: 'notFound',
  file_unusable: 'failed',
  firebase_file: 'usage',
  import_conflicts: 'conflict',
  import_invalid: 'failed',
  internal: 'failed',
  mail_not_sent: 'failed',
  master_key: 'configuration',
  moved: 'conflict',
  newer_schema: 'failed',
  no_answer: 'failed',
  no_database: 'configuration',
  no_mail_server: 'configuration',
  not_a_backup: 'failed',
  not_an_email: 'usage',
  not_an_export: 'failed',
  not_durable: 'configuration',
  not_empty: 'conflict',
  not_found: 'notFound',
  not_yours: 'failed',
  nothing_here: 'notFound',
  other_release: 'failed',
  port_forbidden: 'failed',
  port_taken: 'failed',
  rotation_under_way: 'conflict',
  same_master_key: 'conflict',
  server_running: 'conflict',
  too_old: 'failed',
  unavailable: 'failed',
  unsafe_folder: 'failed',
  usage: 'usage',
  verifier_exists: 'conflict',
} as const satisfies Record<string, 'failed' | 'usage' | 'configuration' | 'notFound' | 'conflict'>

export type FailureCode = keyof typeof failureExits

/**
 * An error whose message is for the operator: what happened, then what to do, one sentence or several lines.
 * Commands print the message without a stack.
 */
export type OperatorError = Error & { readonly failureCode: FailureCode }

export function isOperatorError(error: unknown): error is OperatorError {
  return error instanceof Error && 'failureCode' in error
}
