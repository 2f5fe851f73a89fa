/** A backup that cannot be made, read or put back. Says what happened and what to do. */
export class BackupProblem extends Error {
  override name = 'BackupProblem'
  readonly code: Code

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

type Code =
  | 'file_exists'
  | 'file_unusable'
  | 'not_a_backup'
  | 'backup_damaged'
  | 'backup_newer'
  | 'not_an_export'
  | 'too_old'
  | 'clock_wrong'
  | 'not_empty'
  | 'nothing_here'
  | 'server_running'
