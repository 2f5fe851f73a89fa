import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { importUsers } from '#src/accounts/import.ts'
import { byCli } from '#src/audit/by.ts'
import { requestServer } from '#src/cli/control-client.ts'
import { fingerprint } from '#src/cli/protocol.ts'
import { version } from '#src/platform/version.ts'
import { sql } from '#src/store/sql.ts'
import { newFolder } from '#test/backup/lived-in.ts'
import { pythonHashes, pythonPassword } from '#test/credentials/passwords/python-hashes.ts'
import { clientAt } from '#test/support/client.ts'
import { freshDatabaseUrl, onBothEngines } from '#test/support/engines.ts'
import { newEmail, signedIn } from '#test/support/people.ts'
import { spawnServer } from '#test/support/processes.ts'
import { realHashes, startServer } from '#test/support/server.ts'
import { sigil } from '#test/support/sigil.ts'

function fileOf(lines: readonly unknown[]): string {
  const file = join(newFolder(), 'users.jsonl')
  writeFileSync(file, lines.map((line) => JSON.stringify(line)).join('\n'))
  return file
}

onBothEngines('importing users from Python', (engine) => {
  test('users with every Python hash sign in, and their hashes are replaced with argon2id', async () => {
    const { url, world, stop } = await startServer(engine, {}, realHashes)
    const people = Object.values(pythonHashes).map((hash) => ({ email: newEmail(), password_hash: hash }))
    const request = { firebase: undefined, skipsExisting: false, skipsInvalid: false, isRehearsal: false }
    const outcome = await importUsers(world, { ...request, file: fileOf(people), by: byCli })
    assert.deepEqual([outcome.users, outcome.problems.first], [people.length, []])
    for (const { email } of people) await signedIn(clientAt(url), { email, password: pythonPassword })
    const rows = await world.db.query(sql`select password_hash from users where password_hash not like
      '$argon2id$v=19$m=19456,t=2,p=1,keyid=%'`)
    assert.deepEqual(rows, [])
    await stop()
  })

  test('with skipsInvalid, invalid and repeated lines are reported and the others imported', async () => {
    const { world, stop } = await startServer(engine)
    const email = newEmail()
    const lines = [{ email: newEmail() }, { email: 'nobody' }, { email }, { email }, { email: newEmail() }]
    const request = { firebase: undefined, skipsExisting: false, isRehearsal: false, by: byCli }
    const file = fileOf(lines)
    const none = await importUsers(world, { ...request, skipsInvalid: false, file })
    assert.deepEqual([none.isWritten, none.problems.count], [false, 2])
    const some = await importUsers(world, { ...request, skipsInvalid: true, file })
    assert.deepEqual([some.isWritten, some.users, some.conflicts.count], [true, 3, 0])
    assert.deepEqual(
      some.problems.first.map(({ line }) => line),
      [2, 4],
    )
    await stop()
  })
})

test('sigil import users --skip-invalid reports skipped lines and exits with 0', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const file = fileOf([{ email: 'ann@example.org' }, { email: 'bob@example.org', password_hash: '$1$a$b' }])
  const { code, stdout } = await sigil(['import', 'users', file, '--skip-invalid'], { place })
  assert.equal(code, 0)
  assert.match(stdout, /Line 2, password_hash: .*MD5-crypt/)
  assert.match(stdout, /Invalid lines that were skipped: 1\.\n1 of 2 users imported\./)
})

test('a server that imports a long file reports its progress to the command', async () => {
  const place = await freshDatabaseUrl('sqlite')
  await spawnServer(place)
  const file = fileOf(Array.from({ length: 3000 }, (_, at) => ({ email: `person${at}@example.org` })))
  const seen: string[] = []
  const request = { protocol: 1, release: version(), database: fingerprint(undefined) } as const
  const reply = await requestServer(
    place.dataDir,
    { ...request, command: 'import users', input: { file } },
    (progress) => seen.push(progress),
  )
  assert.ok(reply?.kind === 'output' && reply.exit === 0)
  assert.ok(seen.join())
  assert.ok(
    seen.some((text) => /^[\d,]+ of 3,000 lines imported/.test(text)),
    seen.join(),
  )
})
