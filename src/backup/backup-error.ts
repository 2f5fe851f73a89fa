import type { FailureCode } from '#src/platform/operator-error.ts'

type Code = Extract<
  FailureCode,
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
>

/** A backup cannot be made, read or restored. */
export class BackupError extends Error {
  override name = 'BackupError'
  readonly code: Code

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  get failureCode(): FailureCode {
    return this.code
  }
}
