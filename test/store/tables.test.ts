import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dropUnprovenOwner } from '#src/accounts/evict.ts'
import { removeWithTokens } from '#src/accounts/remove.ts'
import { byCli } from '#src/audit/by.ts'
import { columnsOf, tablesThere } from '#src/backup/rows.sql.ts'
import { sql } from '#src/store/sql.ts'
import { type Table, tables, tablesInBackups } from '#src/store/tables.ts'
import { findUser } from '#src/users/users.sql.ts'
import { livedIn } from '#test/backup/lived-in.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { personInEveryTable } from '#test/support/person-in-every-table.ts'
import { sourcesOf } from '#test/support/source.ts'
import { rowsIn } from '#test/support/stored-rows.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

/** Names that a column with a secret usually has. */
const soundsSecret = /hash$|secret|sealed|token|password|passphrase|otp|code$|handle|^signature$/
/** Columns with such a name whose values are not secret. */
const openColumns = [
  'apps.id_token_alg',
  'users.password_changed_at',
  'audit_head.hash',
  'audit_head.checked_hash',
  'audit_head.floor_hash',
  'audit_events.hash',
  'audit_events.previous_hash',
  'audit_segments.hash',
  'audit_segments.previous_hash',
  'audit_segments.sealed_at',
  'users.password_must_change_at',
  'users.failed_passwords',
]

/** What stays when the owner of an email takes over an account that another person signed up with it. */
const keptAtTakeover: Readonly<Record<string, string>> = {
  users: 'The account continues, without its password and its factors.',
  user_roles: 'Users do not grant roles to themselves.',
  user_keys: 'It is the key of the personal details in the audit log.',
  audit_events: 'The log is kept.',
  sign_ins: 'The new owner can see who used the account.',
  sessions: 'The caller ends them.',
  grants: 'They end with the sessions.',
}

const forms = {
  password_hash: /^\$[\w-]+\$/,
  sha256: /^[\w-]{43}$/,
  // The payload of a sent delivery is deleted.
  sealed: /^$|^[\w.-]{60,}$/,
  keyed_mac: /^[\w-]{30}$/,
  random_id: /^[\w-]{22}$/,
}

test('a column that references users is called user_id', () => {
  for (const { path, text } of sourcesOf('src/store/migrations/*.ts')) {
    const columns = [...text.matchAll(/(\w+) text[^,\n]* references users\b/g)].map(([, name]) => name)
    for (const column of columns) assert.equal(column, 'user_id', path)
  }
})

onBothEngines('the table of tables', (engine) => {
  test('the table of tables lists every table of the database', async () => {
    const { query } = await engine.open()
    assert.deepEqual(await tablesThere(query), tables.map(({ name }) => name).toSorted())
  })

  test('the table of tables names columns that exist', async () => {
    const { query } = await engine.open()
    for (const { name, key, secrets = {}, subject } of tables) {
      const columns = await columnsOf(query, name)
      const named = [...key, ...Object.keys(secrets), ...(subject ? [subject.column] : [])]
      const unknown = named.filter((column) => !columns.includes(column))
      assert.deepEqual(unknown, [], name)
    }
  })

  test('a column with the name of a secret is listed as a secret', async () => {
    const { query } = await engine.open()
    for (const { name, secrets = {} } of tables) {
      const columns = (await columnsOf(query, name)).filter((column) => soundsSecret.test(column))
      const unlisted = columns.filter(
        (column) => !(column in secrets) && !openColumns.includes(`${name}.${column}`),
      )
      assert.deepEqual(unlisted, [], name)
    }
  })

  test('a table with a user_id has a subject', async () => {
    const { query } = await engine.open()
    for (const { name, subject } of tables) {
      const hasUserId = (await columnsOf(query, name)).includes('user_id')
      if (hasUserId) assert.equal(subject?.column, 'user_id', name)
    }
  })

  test('a table whose rows expire is cleaned', async () => {
    const { query } = await engine.open()
    const statements = sourcesOf('src/**/*.sql.ts').map(({ text }) => text)
    for (const { name } of tables) {
      if (!(await columnsOf(query, name)).includes('expires_at')) continue
      const isCleaned = statements.some((text) => new RegExp(`delete from ${name}\\b`).test(text))
      assert.ok(isCleaned, `no statement deletes expired rows of ${name}`)
    }
  })

  test('every secret column contains only values in its listed form', async () => {
    const { world, stop } = await livedIn(await engine.freshPlace())
    for (const { name, secrets = {} } of tables) {
      const rows = await rowsIn(world.db.query, name)
      for (const [column, form] of Object.entries(secrets)) {
        const values = rows.map((row) => row[column]).filter((value) => value !== null && value !== '')
        for (const value of values) assert.match(String(value), forms[form], `${name}.${column}`)
      }
    }
    await stop()
  })
})

onBothEngines('the tables with a subject', (engine) => {
  const server = serverForSuite(engine)

  test('GET /me/export has every table with rows about the caller, without its secrets', async () => {
    const { url, world } = server()
    const { person, accessToken } = await personInEveryTable(server())
    const { status, body, text } = await clientAt(url).get('/api/v1/me/export', { bearer: accessToken })
    assert.equal(status, 200, text)
    for (const table of tables) {
      const { name, secrets = {}, subject } = table
      if (!subject || !('as' in subject.exported)) continue
      const rows = await rowsIn(world.db.query, name, { column: subject.column, is: person.id })
      assert.notEqual(rows.length, 0, `${name} has no row about this user, so this test proves nothing`)
      const exported = JSON.stringify((body as Record<string, unknown>)[subject.exported.as] ?? '')
      const shown = rows.filter((row) => showsRow(exported, row, table))
      assert.equal(shown.length, rows.length, `${name} is not in the export`)
      const values = rows.flatMap((row) => Object.keys(secrets).map((column) => row[column]))
      for (const value of values) assert.ok(value === null || !text.includes(String(value)), name)
    }
  })

  test('deleting a user leaves no row about them, except in tables with a reason', async () => {
    const { world } = server()
    const { person } = await personInEveryTable(server())
    const remaining = async () => {
      const counts: Record<string, number> = {}
      for (const { name, subject } of tables) {
        if (!subject || subject.keptAfterDeletion !== undefined) continue
        counts[name] = (await rowsIn(world.db.query, name, { column: subject.column, is: person.id })).length
      }
      return counts
    }
    const before = await remaining()
    for (const [name, count] of Object.entries(before)) assert.notEqual(count, 0, name)
    await removeWithTokens(world, { userId: person.id, by: byCli })
    assert.deepEqual(await remaining(), Object.fromEntries(Object.keys(before).map((name) => [name, 0])))
  })
})

onBothEngines('an account that the owner of its email takes over', (engine) => {
  const server = serverForSuite(engine)

  test('a takeover leaves nothing of the person who signed up, except in tables with a reason', async () => {
    const { world } = server()
    const { person } = await personInEveryTable(server())
    await world.db.query(sql`update users set email_verified_at = null where id = ${person.id}`)
    const user = (await findUser(world.db.query, person.id)) ?? assert.fail()
    const isDone = await world.db.transaction((query) => dropUnprovenOwner(query, world, { user, by: byCli }))
    assert.equal(isDone, true)
    const kept: string[] = []
    // What backups leave out is bound to a session or to the signature, which end with the takeover.
    for (const { name, subject } of tablesInBackups) {
      if (!subject) continue
      const rows = await rowsIn(world.db.query, name, { column: subject.column, is: person.id })
      if (rows.length > 0) kept.push(name)
    }
    assert.deepEqual(kept.sort(), Object.keys(keptAtTakeover).sort())
  })
})

/** True if the export contains the values that identify the row among the user's rows. */
function showsRow(
  exported: string,
  row: Record<string, unknown>,
  { key, secrets = {}, subject }: Table,
): boolean {
  const shown = key.filter((column) => column !== subject?.column && !(column in secrets))
  const identifying = key.includes('id') ? ['id'] : shown
  return identifying.every((column) => exported.includes(JSON.stringify(row[column])))
}
