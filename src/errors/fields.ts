import { z } from 'zod'
import { nearestOf } from '#src/platform/spelling.ts'

/** What can be wrong with one field of a body or a query, in one place. Clients decide by the code. */
export const fieldCodes = {
  malformed: 'The whole cannot be read: it is no JSON, no UTF-8, says a key twice, or broke off.',
  missing: 'It is needed, and was not given.',
  given_twice: 'It was given more than once, where one value is meant.',
  unknown_key: 'There is no such key.',
  invalid_type: 'It is of another type than is taken, as a number for a text.',
  invalid_value: 'It is none of the values that are taken.',
  invalid_format: 'It is not written as such a value is.',
  invalid_text: 'It contains U+0000 or half a character (a lone surrogate).',
  too_short: 'A text has too few characters, or a list too few entries.',
  too_long: 'A text has too many characters, or a list too many entries.',
  too_small: 'A number is too small.',
  too_big: 'A number is too big.',
  too_common: 'The password is among the first to be tried.',
  own_name: 'The password is the name or the email of its owner.',
  not_repeated: 'The two passwords differ.',
  not_an_email: 'It is no email address.',
  not_a_username: 'It cannot be a username.',
  not_a_role_name: 'It cannot be the name of a role.',
  unknown_role: 'There is no such role.',
  bad_cursor: 'It is no cursor that this list gave.',
} as const satisfies Record<string, string>

export type FieldCode = keyof typeof fieldCodes

/** How what comes from outside is parsed: with our words, and with what is needed to find the code. */
export const parsing = { error: fieldMessage, reportInput: true } as const

/** The code of what a schema found. A check of our own brings one along. */
export function fieldCodeOf(issue: z.core.$ZodIssue): FieldCode {
  switch (issue.code) {
    case 'unrecognized_keys':
      return 'unknown_key'
    case 'invalid_type':
      return issue.input === undefined ? 'missing' : 'invalid_type'
    case 'invalid_value':
      return issue.input === undefined ? 'missing' : 'invalid_value'
    case 'invalid_format':
      return 'invalid_format'
    case 'too_small':
      return isNumber(issue.origin) ? 'too_small' : 'too_short'
    case 'too_big':
      return isNumber(issue.origin) ? 'too_big' : 'too_long'
    case 'custom':
      return isFieldCode(issue.params?.code) ? issue.params.code : 'invalid_value'
    default:
      return 'invalid_value'
  }
}

function isNumber(origin: string): boolean {
  return origin === 'number' || origin === 'int'
}

function isFieldCode(code: unknown): code is FieldCode {
  return typeof code === 'string' && Object.hasOwn(fieldCodes, code)
}

/**
 * What is wrong with one value and what to do, where its schema has no words of its own: for `safeParse`,
 * whose words are for programmers. What was sent is never repeated, but for the names of keys.
 */
export function fieldMessage(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? 'This is missing. Give it.'
        : `Give ${kinds[issue.expected] ?? issue.expected}.`
    case 'invalid_value':
      return `Give ${issue.values.length === 1 ? '' : 'one of: '}${issue.values.join(', ')}.`
    case 'too_big':
      return `Give at most ${amount(issue.maximum, issue.origin)}.`
    case 'too_small':
      return `Give at least ${amount(issue.minimum, issue.origin)}.`
    case 'unrecognized_keys':
      return `Nothing here is called ${issue.keys.map(cut).join(', ')}. ${adviceFor(issue)}`
    default:
      return undefined
  }
}

/** Of one key alone: a body may have thousands, and each would be held against every name. */
function adviceFor({
  keys: [key = '', ...more],
  inst,
}: z.core.$ZodRawIssue<z.core.$ZodIssueUnrecognizedKeys>) {
  const names = inst instanceof z.ZodObject ? Object.keys(inst.shape) : []
  const meant = more.length === 0 ? nearestOf(cut(key), names, cut(key).length / 3) : undefined
  return meant === undefined ? 'Leave it out.' : `Did you mean ${meant}?`
}

function cut(key: string): string {
  return key.slice(0, 100)
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  null: 'null',
}

const units: Readonly<Record<string, string>> = { string: ' characters', array: ' entries', set: ' entries' }

function amount(bound: number | bigint, origin: string): string {
  return `${bound}${units[origin] ?? ''}`
}
