import { type ImportedUser, type Problem, readImportedUser } from '#src/accounts/imported-user.ts'
import type { By } from '#src/audit/by.ts'
import { type Happening, recordEvent } from '#src/audit/record-event.ts'
import type { FirebaseParameters } from '#src/credentials/passwords/firebase.ts'
import { EndlessLine, linesOf } from '#src/platform/lines.ts'
import type { Query } from '#src/store/db.ts'
import { type Created, createUser } from '#src/users/create.ts'
import { findByLogin } from '#src/users/find.ts'
import { listRoles } from '#src/users/roles.sql.ts'
import type { User } from '#src/users/user.ts'
import { usernameKey } from '#src/users/username.ts'
import { setEmailVerified, setUserState } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

export type Importing = {
  readonly file: string
  readonly firebase: FirebaseParameters | undefined
  /** Skip users that already exist, instead of importing none. */
  readonly skipsExisting: boolean
  /** Skip lines that are invalid, instead of importing none. */
  readonly skipsInvalid: boolean
  /** Write nothing. */
  readonly isRehearsal: boolean
  readonly by: By
  /** Called after each line, while validating and while writing. */
  readonly onProgress?: (progress: ImportProgress) => void
}

export type ImportProgress = {
  readonly step: 'validated' | 'imported'
  readonly lines: number
  /** Known once all are validated. */
  readonly total: number | undefined
}

export type LineProblem = Problem & { readonly line: number }
export type Conflict = { readonly line: number; readonly email: string; readonly taken: 'email' | 'username' }

export type Imported = {
  readonly lines: number
  /** How many were imported, or would be. */
  readonly users: number
  readonly problems: Tally<LineProblem>
  readonly conflicts: Tally<Conflict>
  readonly isWritten: boolean
}

/** All are counted; the first ones are listed. */
export type Tally<T> = { readonly count: number; readonly first: readonly T[] }

const maxNamed = 100
const maxLineBytes = 64 * 1024
const maxRoles = 10_000
/** How many users share a commit: few enough not to delay concurrent sign-ins. */
const usersPerCommit = 50

/**
 * Imports users from another system. The whole file is validated first, and nobody is imported if any line is
 * invalid, unless such lines are skipped. Existing users are never changed. After a crash, run it again and
 * skip the users that exist.
 */
export async function importUsers(world: World, wish: Importing): Promise<Imported> {
  const judged = await judge(world, wish)
  const isFree = judged.conflicts.count === 0 || wish.skipsExisting
  const isValid = judged.problems.count === 0 || wish.skipsInvalid
  if (wish.isRehearsal || !isValid || !isFree) return judged
  return write(world, wish, judged)
}

async function judge(world: World, wish: Importing): Promise<Imported> {
  const problems = tally<LineProblem>()
  const conflicts = tally<Conflict>()
  const seen = new Map<string, number>()
  let lines = 0
  let users = 0
  for await (const { line, user } of usersIn(world, wish)) {
    lines++
    if ('problems' in user) {
      for (const problem of user.problems) problems.add({ line, ...problem })
      continue
    }
    const repeated = repeatOf(user, seen, line)
    const taken = await takenOf(world.db.query, user)
    if (repeated) problems.add({ line, ...repeated })
    else if (taken) conflicts.add({ line, email: user.email, taken })
    else users++
    wish.onProgress?.({ step: 'validated', lines, total: undefined })
  }
  return { lines, users, problems, conflicts, isWritten: false }
}

async function write(world: World, wish: Importing, judged: Imported): Promise<Imported> {
  const conflicts = tally<Conflict>()
  const seen = new Map<string, number>()
  let lines = 0
  let users = 0
  const commit = async (batch: readonly Numbered[]) => {
    const outcomes = await world.db.transaction((query) => insertAll(query, world, batch, wish.by))
    for (const outcome of outcomes) outcome === 'imported' ? users++ : conflicts.add(outcome)
  }
  let batch: Numbered[] = []
  for await (const { line, user } of usersIn(world, wish)) {
    lines++
    const isInvalid = 'problems' in user || repeatOf(user, seen, line) !== undefined
    // The file is read twice, and could have changed in between.
    if (isInvalid && !wish.skipsInvalid) throw changed(line, wish.file)
    if (!isInvalid) batch.push({ line, user })
    if (batch.length < usersPerCommit) continue
    await commit(batch)
    batch = []
    wish.onProgress?.({ step: 'imported', lines, total: judged.lines })
  }
  await commit(batch)
  return { ...judged, users, conflicts, isWritten: true }
}

function changed(line: number, file: string): Error {
  return new Error(`Line ${line} of ${file} changed while it was imported.`)
}

type Numbered = { readonly line: number; readonly user: ImportedUser }

async function insertAll(
  query: Query,
  world: World,
  batch: readonly Numbered[],
  by: By,
): Promise<(Conflict | 'imported')[]> {
  const outcomes: (Conflict | 'imported')[] = []
  const happenings: Happening[] = []
  for (const { line, user } of batch) {
    const created = await insert(query, world, user)
    if (created.kind === 'created') {
      happenings.push(importOf(created.user, user.hashedBy, by))
      outcomes.push('imported')
    } else outcomes.push({ line, email: user.email, taken: takenBy[created.kind] })
  }
  for (const happening of happenings) await recordEvent(query, world, happening)
  return outcomes
}

const takenBy = { email_taken: 'email', username_taken: 'username' } as const

/** The same step as in a sign-up: the user, its signature and its roles are created together. */
async function insert(query: Query, { random, clock }: World, user: ImportedUser): Promise<Created> {
  const created = await createUser(query, { random, now: user.createdAt, person: user })
  if (created.kind !== 'created') return created
  const { id } = created.user
  if (user.isEmailVerified) await setEmailVerified(query, id, clock.now())
  if (user.isDisabled) await setUserState(query, { userId: id, state: 'disabled', now: clock.now() })
  return created
}

function importOf({ id, email, username, roles }: User, hashedBy: string | undefined, by: By): Happening {
  const details = { after: { roles }, hashed_by: hashedBy }
  const personal = { after: { email, username } }
  return { event: 'user.imported', by, target: { kind: 'user', id }, details, personal }
}

type Read = { readonly line: number; readonly user: ImportedUser | { readonly problems: readonly Problem[] } }

async function* usersIn({ db, clock }: World, { file, firebase }: Importing): AsyncGenerator<Read> {
  const all = await listRoles(db.query, { after: '', limit: maxRoles })
  const known = { roles: new Set(all.map(({ name }) => name)), firebase, now: clock.now() }
  let line = 0
  try {
    for await (const { bytes } of linesOf(file, maxLineBytes)) {
      line++
      if (bytes.length === 0) continue
      const read = readImportedUser(bytes, known)
      yield { line, user: 'email' in read ? read : { problems: read } }
    }
  } catch (error) {
    if (!(error instanceof EndlessLine)) throw error
    const message = `This line is longer than ${maxLineBytes} bytes, and nothing after it was read.`
    yield { line: line + 1, user: { problems: [{ path: '', message }] } }
  }
}

function repeatOf(user: ImportedUser, seen: Map<string, number>, line: number): Problem | undefined {
  const { email, username } = user
  const key = username === undefined ? undefined : usernameKey(username)
  const names = [['email', email] as const, ['username', key] as const]
  for (const [path, name] of names) {
    if (name === undefined) continue
    const before = seen.get(`${path} ${name}`)
    if (before !== undefined) return { path, message: `Line ${before} has the same.` }
    seen.set(`${path} ${name}`, line)
  }
  return undefined
}

async function takenOf(
  query: Query,
  { email, username }: ImportedUser,
): Promise<Conflict['taken'] | undefined> {
  if (await findByLogin(query, email)) return 'email'
  return username !== undefined && (await findByLogin(query, username)) ? 'username' : undefined
}

function tally<T>() {
  const first: T[] = []
  return {
    count: 0,
    first,
    add(one: T) {
      this.count++
      if (first.length < maxNamed) first.push(one)
    },
  }
}
