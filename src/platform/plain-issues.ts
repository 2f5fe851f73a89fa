import { z } from 'zod'
import { nearestOf } from '#src/platform/spelling.ts'

/** The sentence of a check that has no message of its own; undefined where there is none. */
type TextOf = (issue: z.core.$ZodRawIssue) => string | undefined

export type Checked<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'problems'; readonly problems: readonly PlainIssue[] }

/** What is wrong with the field at a path such as `apps[2].name`. The text never repeats a value. */
export type PlainIssue = { readonly at: string; readonly text: string }

/** Parses what an operator wrote. All problems are reported at once. */
export function checked<T extends z.ZodType>(
  schema: T,
  value: unknown,
  textOf: TextOf = () => undefined,
): Checked<z.output<T>> {
  const error = (issue: z.core.$ZodRawIssue) => textOf(issue) ?? textOfIssue(issue)
  const parsed = schema.safeParse(value, { error })
  if (parsed.success) return { kind: 'ok', value: parsed.data }
  return { kind: 'problems', problems: parsed.error.issues.map(plainIssue) }
}

/**
 * A whole sentence, such as "apps[2].name is required." Texts that begin with a small letter follow the
 * path; others stand for themselves.
 */
export function sentenceOf({ at, text }: PlainIssue, ofWhole: string): string {
  const isPredicate = /^[a-z]/.test(text)
  if (at === '' && !isPredicate) return text
  return `${at === '' ? ofWhole : at}${isPredicate ? ' ' : ': '}${text}${/[.?]$/.test(text) ? '' : '.'}`
}

function plainIssue(issue: z.core.$ZodIssue): PlainIssue {
  const inner = issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined
  return { at: pathText(issue.path), text: inner ?? issue.message }
}

function pathText(path: readonly PropertyKey[]): string {
  const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
  return steps.join('').replace(/^\./, '')
}

/** An error map: what each kind of issue requires. */
function textOfIssue(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is required' : `must be ${nounOf(issue.expected)}`
    case 'invalid_value':
      return issue.input === undefined ? 'is required' : `must be ${listOf(issue.values.map(quoted))}`
    case 'unrecognized_keys':
      return unknownKeysText(issue)
    case 'too_small':
      return sizeText(issue.origin, 'at least', Number(issue.minimum))
    case 'too_big':
      return sizeText(issue.origin, 'at most', Number(issue.maximum))
    case 'invalid_union':
      return 'has none of the allowed forms'
    case 'invalid_format':
      return 'has the wrong format'
    default:
      return 'is not valid'
  }
}

const nouns: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

function nounOf(type: string): string {
  return nouns[type] ?? type
}

function sizeText(origin: string, bound: string, count: number): string {
  if (origin === 'string') {
    if (bound === 'at least' && count === 1) return 'must not be empty'
    return `must have ${bound} ${count === 1 ? '1 character' : `${count} characters`}`
  }
  if (origin === 'array') return `must have ${bound} ${count === 1 ? '1 entry' : `${count} entries`}`
  return `must be ${bound} ${count}`
}

function unknownKeysText(issue: Extract<z.core.$ZodRawIssue, { code: 'unrecognized_keys' }>): string {
  const known = issue.inst instanceof z.ZodObject ? Object.keys(issue.inst.shape) : []
  const fields = issue.keys.slice(0, 20).map((key) => {
    const name = key.slice(0, 50).toWellFormed()
    const meant = key.length > 50 ? undefined : nearestOf(key, known, Math.max(1, key.length / 3))
    return `Unknown field \`${name}\`. ${meant === undefined ? 'Remove it.' : `Did you mean \`${meant}\`?`}`
  })
  return fields.join(' ')
}

function quoted(value: unknown): string {
  return typeof value === 'string' ? `\`${value}\`` : String(value)
}

function listOf(names: readonly string[]): string {
  return names.length <= 2 ? names.join(' or ') : `one of ${names.join(', ')}`
}
