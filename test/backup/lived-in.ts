import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { byCli } from '#src/audit/by.ts'
import { tables } from '#src/backup/tables.ts'
import { addVerifier } from '#src/revocations/verifier-keys.ts'
import type { Db, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'
import { clientAt } from '#test/support/client.ts'
import type { Place } from '#test/support/engines.ts'
import { enrolled } from '#test/support/passkeys.ts'
import { arrived, type Person, personWithRoles, signedIn, signIn } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'
import { masterKey } from '#test/support/sigil.ts'

/** The same key everywhere, and a lease that is soon over where a node went away. */
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

export type Lived = { readonly world: World; readonly people: readonly Person[]; stop(): Promise<void> }

/** A server in which something of everything has happened, still running. */
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
  await enrolled(client, {
    url: env.SIGIL_PUBLIC_URL,
    bearer: (await signedIn(client, ann.person)).access_token,
  })
  await addVerifier(world, { name: 'api', by: byCli })
  return { world, people: [admin, ann.person], stop }
}

/** Every row of every table that a backup has, in an order that is the same on both engines. */
export async function rowsOf({ query }: Db): Promise<Record<string, Row[]>> {
  const all: Record<string, Row[]> = {}
  for (const { name } of tables) {
    const rows = await query({ strings: Object.assign([`select * from ${name}`], { raw: [] }), values: [] })
    all[name] = rows.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
  }
  return all
}

/** More history than fits into one page. */
export async function manySignIns({ query }: Db, count: number): Promise<void> {
  await query(sql`insert into sign_ins (id, user_id, session_id, at, outcome, method, address, user_agent)
    with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${count})
    select 'filler ' || n, null, null, n, 'failure', 'password', '192.0.2.1', '' from numbers`)
}
