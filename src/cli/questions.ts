import type { Arguments, Description } from '#src/cli/command.ts'

/** With `onlyWith`, it is asked only where this flag is given. */
type Question = { readonly text: string; readonly onlyWith?: string }

/**
 * The questions on a terminal before a command that ends rights or deletes something. Operands are in
 * capitals. Scripts are not asked, and `--yes` answers on a terminal.
 */
const questions: Readonly<Record<string, Question>> = {
  'user reset-mfa': { text: 'Remove every second factor of USER?' },
  'user disable': { text: 'Disable USER, end every session and revoke every token?' },
  'user logout-all': { text: 'End every session of USER and revoke every token?' },
  'user delete': { text: 'Delete USER and all their data? This cannot be undone.' },
  'session end': { text: 'End the session SESSION and revoke its tokens?' },
  'role delete': { text: 'Delete the role ROLE?' },
  'role revoke': { text: 'Take the role ROLE from USER?' },
  'app disable': { text: 'Disable APP and revoke all its tokens?' },
  'app remove': { text: 'Remove APP and revoke all its tokens? This cannot be undone.' },
  'app rotate-secret': { text: 'Stop the earlier secrets of APP at once?', onlyWith: 'end-previous' },
  'api remove': { text: 'Remove the API NAME?' },
  'apps apply': { text: 'Apply FILE, and remove what it no longer describes?', onlyWith: 'remove' },
  'verifier remove': { text: 'Revoke the key of NAME?' },
  'key revoke': { text: 'Revoke KEY and everything signed with it?' },
  restore: { text: 'Replace the database with FILE? What is in it now is lost.', onlyWith: 'replace' },
  export: { text: 'Export to FILE and close this database permanently?' },
}

export function asksFirst({ name }: Pick<Description, 'name'>): boolean {
  return name in questions
}

/** The question about these arguments; undefined if the command needs none. */
export function questionOf({ name, operands }: Description, args: Arguments): string | undefined {
  const question = questions[name]
  if (!question || (question.onlyWith !== undefined && args[question.onlyWith] === undefined))
    return undefined
  return operands.reduce(
    (text, operand) => text.replace(operand.toUpperCase(), String(args[operand])),
    question.text,
  )
}
