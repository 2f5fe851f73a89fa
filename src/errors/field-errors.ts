import { z } from 'zod'
import type { Language } from '#src/errors/error-codes.ts'
import { AppError, type FieldError } from '#src/errors/errors.ts'
import {
  type FieldCode,
  fieldCodeOf,
  fieldCodes,
  issueText,
  maxNameLength,
  unknownKeyText,
} from '#src/errors/fields.ts'

/** Enough to correct a form. An error answer must not be many times longer than the request. */
const maxReported = 20

/** Parses the input of a call. All errors are reported at once, one for each field. */
export function validated<T extends z.ZodType>(
  schema: T,
  value: unknown,
  codeOf: (issue: z.core.$ZodIssue) => FieldCode = fieldCodeOf,
): z.output<T> {
  // A message without text of its own stays empty: each language adds its sentence.
  const parsed = schema.safeParse(value, { error: () => '', reportInput: true })
  if (parsed.success) return parsed.data
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
  throw validationError(parsed.error.issues.flatMap((issue) => errorsOf(issue, codeOf(issue), known)))
}

function validationError(errors: readonly FieldError[]): AppError {
  const byPointer = new Map(errors.toReversed().map((error) => [error.pointer, error]))
  const firsts = errors.filter((error) => byPointer.get(error.pointer) === error)
  return new AppError('invalid_request', { errors: firsts.slice(0, maxReported) })
}

function errorsOf(issue: z.core.$ZodIssue, code: FieldCode, known: readonly string[]): FieldError[] {
  const own = issue.message
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, maxReported).map((key) => {
      const detail = unknownKeyText(key, known)
      return { pointer: pointerTo([...issue.path, key]), code, detail: own ? { ...detail, en: own } : detail }
    })
  }
  const detail = { en: own || issueText(issue, code, 'en'), ru: issueText(issue, code, 'ru') }
  return [{ pointer: pointerTo(issue.path), code, detail }]
}

/** RFC 6901. Keys come from the client and are cut short. */
function pointerTo(path: readonly PropertyKey[]): string {
  return path
    .map((step) => String(step).slice(0, maxNameLength).toWellFormed())
    .map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('')
}

type FieldErrorText = { readonly pointer: string; readonly code: string; readonly detail: string }

/** The same errors with their sentences in one language. */
export function fieldErrorsIn(language: Language, errors: readonly FieldError[]): FieldErrorText[] {
  return errors.map(({ pointer, code, detail }) => ({
    pointer,
    code,
    detail: (detail ?? fieldCodes[code])[language],
  }))
}
