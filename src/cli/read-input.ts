import type { Description, Output, ServedCommand } from '#src/cli/command.ts'
import { failure } from '#src/cli/command.ts'
import { ownFieldText } from '#src/errors/fields.ts'
import { checked, sentenceOf } from '#src/platform/plain-issues.ts'

export type ReadInput =
  | { readonly kind: 'input'; readonly input: unknown }
  | { readonly kind: 'wrong'; readonly output: Output }

/** Validates the input of a command, and reports every problem by its flag or operand. */
export function readInput(command: ServedCommand, values: unknown): ReadInput {
  const read = checked(command.input, values, ownFieldText)
  if (read.kind === 'ok') return { kind: 'input', input: read.value }
  const lines = read.problems.map(({ at, text }) =>
    sentenceOf({ at: labelOf(command, at), text }, 'The input'),
  )
  return {
    kind: 'wrong',
    output: failure('usage', [...lines, `Run \`sigil ${command.name} --help\` for its usage.`]),
  }
}

/** A flag or an operand as the help shows it. */
function labelOf({ flags, operands }: Description, at: string): string {
  const name = at.replace(/[[.].*$/, '')
  if (operands.includes(name)) return name.toUpperCase()
  const flag = Object.entries(flags).find(
    ([flag, is]) => flag === name || (is.kind === 'stdin' && is.key === name),
  )
  return flag === undefined ? at : `--${flag[0]}`
}
