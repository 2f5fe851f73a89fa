import { AppError, type ErrorCode, errorCodes, type FieldError } from '#src/errors/errors.ts'
import type { FieldCode } from '#src/errors/fields.ts'
import { errorHeaders } from '#src/http/problem.ts'
import { en, type MessageKey } from '#src/pages/messages/en.ts'
import type { Texts } from '#src/pages/texts.ts'

/** Why a form is shown again. */
export type Problems = {
  readonly status: number
  readonly headers: Record<string, string>
  readonly alert: string
  readonly fields: Readonly<Record<string, string>>
}

export type Attempt<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'refused'; readonly refusal: AppError }

/** Refusals that no change to what was typed would lift: the whole page says them. */
const notOfTheForm: ReadonlySet<ErrorCode> = new Set([
  'not_signed_in',
  'step_up_required',
  'not_found',
  'forbidden',
  'internal',
])

/** Does what a form asks. A refusal comes back as a value, so that the form can be shown again with it. */
export async function attempt<T>(act: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { kind: 'done', value: await act() }
  } catch (error) {
    if (error instanceof AppError && !notOfTheForm.has(error.code)) return { kind: 'refused', refusal: error }
    throw error
  }
}

/** A refusal in the words of a form. `places` names the field that a whole refusal is about. */
export function problemsOf(
  texts: Texts,
  refusal: AppError,
  places: Readonly<Partial<Record<ErrorCode, string>>> = {},
): Problems {
  const sentence = errorCodes[refusal.code][texts.language]
  const place = places[refusal.code]
  const fields = new Map((refusal.details.errors ?? []).map((problem) => fieldOf(texts, problem)))
  if (place !== undefined) fields.set(place, sentence)
  const { retryAfterSeconds } = refusal.details
  const wait = retryAfterSeconds && texts.say('wait', { seconds: Math.ceil(retryAfterSeconds) })
  return {
    status: refusal.status,
    headers: errorHeaders(refusal),
    alert: fields.size > 0 ? texts.say('fix_fields') : [sentence, wait].filter(Boolean).join(' '),
    fields: Object.fromEntries(fields),
  }
}

/** What the page itself finds wrong before it asks any verb. */
export function withFieldErrors(codes: Readonly<Record<string, FieldCode | false>>): AppError | undefined {
  const errors = Object.entries(codes).flatMap(([name, code]) =>
    code === false ? [] : [{ pointer: `/${name}`, code, detail: '' }],
  )
  return errors.length > 0 ? new AppError('invalid_request', { errors }) : undefined
}

function fieldOf(texts: Texts, { pointer, code, detail }: FieldError): [string, string] {
  const name = pointer.slice(1)
  // Some fields have words of their own: what is too long for a name is not for a password.
  const key = [`field_${name}_${code}`, `field_${code}`].find(isMessage)
  const sentence = key ? texts.say(key) : texts.language === 'en' && detail
  return [name, sentence || texts.say('field_wrong')]
}

function isMessage(key: string): key is MessageKey {
  return Object.hasOwn(en, key)
}
