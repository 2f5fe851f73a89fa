import { type ErrorCode, errorCodes, type Localized } from '#src/errors/error-codes.ts'
import type { FieldCode } from '#src/errors/fields.ts'

/**
 * A problem with one field: an RFC 6901 pointer to it and a stable code. Without a `detail` the sentence of
 * the code is shown.
 */
export type FieldError = {
  readonly pointer: string
  readonly code: FieldCode
  readonly detail?: Localized
}

type Details = {
  readonly errors?: readonly FieldError[]
  readonly retryAfterSeconds?: number
  /** The methods that the URL supports, for a 405. */
  readonly allow?: string
  /** How the caller can prove again who they are, for `step_up_required`. */
  readonly methods?: readonly string[]
  /** What is missing in a server that is not ready, for its operator. */
  readonly checks?: readonly { readonly name: string; readonly ok: boolean }[]
  /** How to restore an account that is being deleted, for `account_being_deleted`. */
  readonly restore?: { readonly token: string; readonly deletesAt: number }
  /** Further headers of the answer. */
  readonly headers?: Readonly<Record<string, string>>
  /** Where a browser can sign in or step up, for proxies that pass on a 401 but no redirect. */
  readonly location?: string
  /** Complete `Set-Cookie` values that clear rejected cookies. */
  readonly cookies?: readonly string[]
}

/** An expected error. Use cases throw it; one function turns it into JSON, an OAuth error or a page. */
export class AppError extends Error {
  override name = 'AppError'
  readonly code: ErrorCode
  readonly details: Details

  constructor(code: ErrorCode, details: Details = {}) {
    super(code)
    this.code = code
    this.details = details
  }

  get status(): number {
    return errorCodes[this.code].status
  }
}
