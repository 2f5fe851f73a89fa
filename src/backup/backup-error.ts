import type { CommandFailure } from '#src/platform/operator-error.ts'

/** A backup cannot be made, read or restored. */
export class BackupError extends Error {
  override name = 'BackupError'
  readonly code: Code

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  get commandFailure(): CommandFailure {
    return { code: this.code, exit: exits[this.code] }
  }
}

const exits = {
  file_exists: 'conflict',
  file_unusable: 'failed',
  not_a_backup: 'failed',
  backup_damaged: 'failed',
  backup_newer: 'failed',
  not_an_export: 'failed',
  too_old: 'failed',
  clock_wrong: 'failed',
  not_empty: 'conflict',
  nothing_here: 'notFound',
  server_running: 'conflict',
} as const

type Code = keyof typeof exits
