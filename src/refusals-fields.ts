import { z } from 'zod'
import { nearestOf } from '#src/spelling.ts'

/**
 * What is wrong with one value and what to do, where its schema has no words of its own: for `safeParse`,
 * whose words are for programmers. What was sent is never repeated, but for the names of keys.
 */
export function saysOfField(issue: z.core.$ZodRawIssue): string | undefined {
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
