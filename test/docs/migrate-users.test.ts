import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Client } from 'pg'
import { importUsers } from '#src/accounts/import.ts'
import { byCli } from '#src/audit/by.ts'
import { newFolder } from '#test/backup/lived-in.ts'
import { clientAt } from '#test/support/client.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { blocksOf } from '#test/support/guides.ts'
import { signedIn } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'

const hash = '$pbkdf2-sha256$1212$4vjV83LKPjQzk31VI4E0Vw$hsYF68OiOUPdDZ1Fg.fJPeq1h/gXXY7acBp9/6c.tmQ'
const skip = process.env.SIGIL_TEST_POSTGRES_URL === undefined && 'needs npm test, which starts PostgreSQL'

test('the documented statement for passlib users produces lines that can be imported', { skip }, async () => {
  const script = blocksOf(readFileSync('docs/operating/migrate-users.md', 'utf8')).find(({ text }) =>
    text.startsWith('psql'),
  )
  const statement = /--command "([\s\S]*)"\n/.exec(script?.text ?? '')?.[1]?.replaceAll('\\"', '"') ?? ''
  const { databaseUrl } = await freshDatabaseUrl('postgres')
  const old = new Client({ connectionString: databaseUrl })
  await old.connect()
  await old.query('create schema old; set search_path = old')
  await old.query(`create table users (login text, password text, email text, first_name text, last_name text,
    created_at timestamptz)`)
  await old.query(`insert into users (login, password, email, first_name, last_name, created_at) values
    ('ann', '${hash}',
      'Ann@Example.org', 'Ann', null, '2021-02-03 04:05:06+00'),
    ('', null, 'bob@example.org', '', '', now())`)
  const { rows } = await old.query({
    text: statement,
    rowMode: 'array',
    types: { getTypeParser: () => String },
  })
  await old.end()
  const file = join(newFolder(), 'users.jsonl')
  writeFileSync(file, rows.map(([line]) => `${line}\n`).join(''))

  const { url, world, stop } = await startServer(await freshDatabaseUrl('sqlite'))
  const request = {
    file,
    firebase: undefined,
    skipsExisting: false,
    skipsInvalid: false,
    isRehearsal: false,
    by: byCli,
  }
  const { users, problems } = await importUsers(world, request)
  assert.deepEqual([users, problems.first], [2, []])
  const { user } = await signedIn(clientAt(url), { email: 'ann', password: 'password' })
  assert.deepEqual(
    [user.email, user.username, user.full_name, user.created_at],
    ['ann@example.org', 'ann', 'Ann', '2021-02-03T04:05:06.000Z'],
  )
  await stop()
})
