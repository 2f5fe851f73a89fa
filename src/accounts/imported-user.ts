import { z } from 'zod'
import {
  type FirebaseParameters,
  firebaseExported,
  fromFirebase,
} from '#src/credentials/passwords/firebase.ts'
import { readForeignHash } from '#src/credentials/passwords/foreign-hash.ts'
import { ownFieldText } from '#src/errors/fields.ts'
import { isStorable } from '#src/http/text.ts'
import type { Instant } from '#src/platform/clock.ts'
import { type JsonProblem, readJson } from '#src/platform/json-document.ts'
import { utf8 } from '#src/platform/lines.ts'
import { checked, sentenceOf } from '#src/platform/plain-issues.ts'
import { normalizeEmail } from '#src/users/email.ts'
import { EmailField, FullNameField, UsernameField } from '#src/users/fields.ts'
import { fitOneUser, maxRoleCharacters, maxRolesPerUser } from '#src/users/role.ts'
import { isUsername } from '#src/users/username.ts'

/** One line of a file of users from another system. */
const Line = z.strictObject({
  email: EmailField,
  password_hash: z.string().max(4000).refine(isStorable).nullish(),
  username: UsernameField.nullish(),
  full_name: FullNameField.nullish(),
  email_verified: z.boolean().nullish(),
  disabled: z.boolean().nullish(),
  created_at: z.iso.datetime({ offset: true, error: 'Write it as 2026-01-31T12:00:00Z.' }).nullish(),
  roles: z.array(z.string().max(100)).max(maxRolesPerUser).nullish(),
})

export type ImportedUser = {
  readonly email: string
  readonly username: string | undefined
  readonly fullName: string | undefined
  readonly passwordHash: string | undefined
  /** The algorithm of the hash; undefined if there is none. */
  readonly hashedBy: string | undefined
  readonly isEmailVerified: boolean
  readonly isDisabled: boolean
  readonly createdAt: Instant
  readonly roles: readonly string[]
}

export type Problem = { readonly path: string; readonly message: string }

type Known = {
  readonly roles: ReadonlySet<string>
  readonly firebase: FirebaseParameters | undefined
  readonly now: Instant
}

/** Returns the user that a line describes, or every problem of the line. Never repeats a hash. */
export function readImportedUser(bytes: Buffer, known: Known): ImportedUser | readonly Problem[] {
  const text = utf8(bytes)
  if (text === undefined) return [{ path: '', message: 'The line is not UTF-8.' }]
  const json = readJson(text)
  if (json.kind === 'problem') return [{ path: '', message: whyNoJson(json.problem) }]
  const checkedLine = checked(Line, json.value, ownFieldText)
  if (checkedLine.kind === 'problems') {
    return checkedLine.problems.map((problem) => ({
      path: problem.at,
      message: sentenceOf(problem, 'The line'),
    }))
  }
  const line = checkedLine.value
  const { email: given, username, full_name, password_hash } = line
  const email = normalizeEmail(given)
  const hash = hashOf(password_hash ?? undefined, known)
  const createdAt = line.created_at ? Date.parse(line.created_at) : known.now
  const roles = [...new Set(['default_user', ...(line.roles ?? [])])]
  const unknownRoles = roles.filter((role) => !known.roles.has(role))
  const problems = [
    ...when(email === undefined, 'email', 'This is not an email address.'),
    ...when(Boolean(username) && !isUsername(username ?? ''), 'username', 'This is not a valid username.'),
    ...when(hash.problem !== undefined, 'password_hash', `This hash cannot be imported: ${hash.problem}.`),
    ...when(createdAt > known.now || createdAt < 0, 'created_at', 'This is not a time in the past.'),
    ...unknownRoles.map((role) => ({
      path: 'roles',
      message: `The role ${role} does not exist. Create it first.`,
    })),
    ...when(!fitOneUser(roles), 'roles', tooManyRoles),
  ]
  if (email === undefined || problems.length > 0) return problems
  return {
    email,
    username: username ?? undefined,
    fullName: full_name ?? undefined,
    passwordHash: hash.text,
    hashedBy: hash.by,
    isEmailVerified: line.email_verified === true,
    isDisabled: line.disabled === true,
    createdAt,
    roles,
  }
}

function whyNoJson({ why, column }: JsonProblem): string {
  return `Each line must be one JSON object: ${why} at column ${column}.`
}

const tooManyRoles =
  `A user has at most ${maxRolesPerUser} roles, ` +
  `whose names have at most ${maxRoleCharacters} characters in all.`

type Hash = { readonly text?: string; readonly by?: string; readonly problem?: string }

function hashOf(given: string | undefined, { firebase }: Known): Hash {
  if (given === undefined) return {}
  const text = firebaseExported.test(given) ? fromFirebase(given, firebase) : given
  if (typeof text !== 'string') return { problem: text.why }
  const read = readForeignHash(text)
  return read.kind === 'unreadable' ? { problem: read.why } : { text, by: read.kind }
}

function when(isSo: boolean, path: string, message: string): Problem[] {
  return isSo ? [{ path, message }] : []
}
