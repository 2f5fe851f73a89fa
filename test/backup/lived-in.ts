import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { setImmediate as soon } from 'node:timers/promises'
import { addApp } from '#src/apps/add-app.ts'
import { emptyApp } from '#src/apps/on-wire.ts'
import { makeRegistrationToken } from '#src/apps/register-app.ts'
import { subjectFor } from '#src/apps/subject.ts'
import { byCli } from '#src/audit/by.ts'
import { workToDo } from '#src/outbox/outbox.sql.ts'
import { addVerifier } from '#src/revocations/verifier-keys.ts'
import type { Db, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'
import { tablesInBackups } from '#src/store/tables.ts'
import type { World } from '#src/world/world.ts'
import { sealAll } from '#test/audit/recorded.ts'
import { type Client, clientAt } from '#test/support/client.ts'
import { connectApp } from '#test/support/connect-app.ts'
import { connectIdentity } from '#test/support/connect-identity.ts'
import type { Place } from '#test/support/engines.ts'
import { enrolledPasskey } from '#test/support/passkeys.ts'
import { arrived, type Person, personWithRoles, signedIn, signIn } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'
import { masterKey } from '#test/support/sigil.ts'
import { clockAhead, type Enrolled, enrolled, halfSignedIn, prove } from '#test/support/totp.ts'

/** One master key for every server, and a lease that expires soon. */
export const env = {
  SIGIL_MASTER_KEY: masterKey,
  SIGIL_PUBLIC_URL: 'http://localhost:1',
  SIGIL_REVOCATION_LEASE: '500ms',
}

/** A folder for backups, removed when the running test ends. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sigil-test-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export type Lived = {
  readonly world: World
  readonly people: readonly Person[]
  readonly withApp: Enrolled
  stop(): Promise<void>
}

/** A running server with at least one row in every table of a backup. */
export async function livedIn(place: Place): Promise<Lived> {
  const { url, world, stop } = await startServer(place, env)
  const client = clientAt(url, { userAgent: 'A "quoted" \\ browser' })
  const admin = await personWithRoles(world, ['default_user', 'admin'])
  const bearer = (await signedIn(client, admin)).access_token
  const ann = await arrived(client, { username: 'Анна', full_name: 'Zoë\u2028🦊\tПетрова' })
  const bob = await arrived(client, { full_name: 'Bob\nII' })
  const call = async (method: string, path: string, json?: unknown, as = bearer) => {
    const { status, text } = await client.send(method, `/api/v1${path}`, { json, bearer: as })
    assert.ok(status < 300, `${method} ${path}: ${status} ${text}`)
  }
  await call('POST', '/roles', { name: 'editor', description: 'Edits, “mostly”' })
  await call('PUT', `/users/${ann.person.id}/roles/editor`)
  await call('POST', `/users/${bob.person.id}/disable`)
  await signedIn(client, ann.person)
  await call('POST', '/auth/logout', {}, (await signedIn(client, ann.person)).access_token)
  await signIn(client, { login: ann.person.email, password: 'wrong' })
  await signIn(client, { login: 'nobody@example.org', password: 'wrong' })
  await enrolledPasskey(client, {
    url: env.SIGIL_PUBLIC_URL,
    bearer: (await signedIn(client, ann.person)).access_token,
  })
  await addVerifier(world, { name: 'api', by: byCli })
  await pairwiseId(world, ann.person.id)
  await makeRegistrationToken(world, { lifetimeMs: 60_000, uses: 1, by: byCli })
  await connectIdentity(world, ann.person.id)
  await connectApp(world, { userId: ann.person.id, sessionId: ann.session.session_id })
  const withApp = await withSecondFactor(client)
  await deadLetter(world.db)
  await sealAll(world)
  // The outbox has read all of them, and changes nothing after this.
  while ((await workToDo(world.db.query, 0)).behind.length > 0) await soon()
  return { world, people: [admin, ann.person], withApp, stop }
}

/** The salt of pairwise ids is created with the first one. */
async function pairwiseId(world: World, userId: string): Promise<void> {
  const redirectUris = ['https://pairs.example.com/']
  const input = { ...emptyApp, name: 'Pairs', kind: 'web', subjectType: 'pairwise', redirectUris } as const
  const { app } = await addApp(world, { ...input, by: byCli })
  await subjectFor(world, { app, userId })
}

/** A user with an authenticator app, recovery codes and a trusted device. */
async function withSecondFactor(client: Client): Promise<Enrolled> {
  const user = await enrolled(client, clockAhead())
  const token = await halfSignedIn(client, user.person)
  const reply = await prove(client, token, { code: user.nextCode(), trust_device: true })
  assert.equal(reply.status, 200, reply.text)
  return user
}

async function deadLetter({ query }: Db): Promise<void> {
  await query(sql`insert into outbox_deliveries (id, key, kind, recipient, payload, state, attempts,
      next_attempt_at, expires_at, created_at, finished_at)
    values ('one', 'key', 'message', 'ann', '', 'dead', 3, 1, 2, 1, 2)`)
}

/** Every row of every table that a backup has, in an order that is the same on both engines. */
export async function rowsOf({ query }: Db): Promise<Record<string, Row[]>> {
  const all: Record<string, Row[]> = {}
  for (const { name } of tablesInBackups) {
    const rows = await query({ strings: Object.assign([`select * from ${name}`], { raw: [] }), values: [] })
    all[name] = rows.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
  }
  return all
}

/** Adds history, to fill more than one page. */
export async function manySignIns({ query }: Db, count: number): Promise<void> {
  await query(sql`insert into sign_ins (id, user_id, session_id, at, outcome, method, address, user_agent)
    with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${count})
    select 'filler ' || n, null, null, n, 'failure', 'password', '192.0.2.1', '' from numbers`)
}

/** Audit events by time, as they were recorded: the sealer may or may not have sealed them. */
export function unsealedInOrder(events: readonly Row[]): Row[] {
  const keyOf = ({ at, id }: Row) => `${String(at).padStart(15, '0')} ${id}`
  return events
    .map(({ seq: _, segment: __, hash: ___, ...event }): Row => event)
    .toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1))
}
