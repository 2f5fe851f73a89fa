import { type ErrorCode, errorCodes } from '#src/errors/error-codes.ts'
import { AppError } from '#src/errors/errors.ts'
import { fieldErrorsIn } from '#src/errors/field-errors.ts'
import type { FieldCode } from '#src/errors/fields.ts'
import { errorHeaders } from '#src/http/problem.ts'
import { en, type MessageKey } from '#src/pages/messages/en.ts'
import type { Texts } from '#src/pages/texts.ts'

/** The errors of a form that is shown again. */
export type FormErrors = {
  readonly status: number
  readonly headers: Record<string, string>
  readonly alert: string
  /** The sentence next to each field, by the name of the field. */
  readonly fields: Readonly<Record<string, string>>
}

export type Attempt<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: AppError }

/** Errors that no correction of the form can fix: they are shown as a page. */
const notOfTheForm: ReadonlySet<ErrorCode> = new Set([
  'not_signed_in',
  'step_up_required',
  'not_found',
  'forbidden',
  'internal',
])

/**
 * Runs the use case of a form. An error that belongs to the form is returned, so that the form can be shown
 * again.
 */
export async function attempt<T>(act: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { kind: 'done', value: await act() }
  } catch (error) {
    if (error instanceof AppError && !notOfTheForm.has(error.code)) return { kind: 'failed', error }
    throw error
  }
}

/** An error as a form error. `fieldOf` names the field of an error code. */
export function formErrorsOf(
  texts: Texts,
  error: AppError,
  fieldOf: Readonly<Partial<Record<ErrorCode, string>>> = {},
): FormErrors {
  const message = errorCodes[error.code][texts.language]
  const field = fieldOf[error.code]
  const { errors = [], retryAfterSeconds } = error.details
  const fields = new Map(fieldErrorsIn(texts.language, errors).map((one) => entryOf(texts, one)))
  if (field !== undefined) fields.set(field, message)
  const wait = retryAfterSeconds && texts.get('wait', { seconds: Math.ceil(retryAfterSeconds) })
  return {
    status: error.status,
    headers: errorHeaders(error),
    alert: fields.size > 0 ? texts.get('check_fields') : [message, wait].filter(Boolean).join(' '),
    fields: Object.fromEntries(fields),
  }
}

/** The error of a form whose fields fail the checks of the page itself, by name; undefined if none fails. */
export function fieldErrors(codes: Readonly<Record<string, FieldCode | false>>): AppError | undefined {
  const errors = Object.entries(codes).flatMap(([name, code]) =>
    code === false ? [] : [{ pointer: `/${name}`, code }],
  )
  return errors.length > 0 ? new AppError('invalid_request', { errors }) : undefined
}

function entryOf(texts: Texts, { pointer, code, detail }: ReturnType<typeof fieldErrorsIn>[number]) {
  // An error in a list is shown at the field of the list.
  const [name = ''] = pointer.slice(1).split('/')
  // Pages have their own sentences for some errors, and for errors of one field, whose limits are known here.
  const key = [`field_${name}_${code}`, `field_${code}`].find(isMessage)
  return [name, key ? texts.get(key) : detail] as const
}

function isMessage(key: string): key is MessageKey {
  return Object.hasOwn(en, key)
}
