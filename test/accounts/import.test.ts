import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { hash as bcryptHash } from '@node-rs/bcrypt'
import { type Imported, importUsers } from '#src/accounts/import.ts'
import { byCli } from '#src/audit/by.ts'
import { verifyAudit } from '#src/audit/verify-audit.ts'
import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'
import { administered } from '#test/administration/administrator.ts'
import { auditEvents } from '#test/audit/recorded.ts'
import { newFolder } from '#test/backup/lived-in.ts'
import { firebase } from '#test/credentials/passwords/firebase-example.ts'
import { clientAt } from '#test/support/client.ts'
import { freshDatabaseUrl, onBothEngines } from '#test/support/engines.ts'
import { newEmail, signedIn, signedUp, signIn } from '#test/support/people.ts'
import { spawnServer } from '#test/support/processes.ts'
import { startServer } from '#test/support/server.ts'
import { sigil } from '#test/support/sigil.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

const passlib = '$pbkdf2-sha256$1212$4vjV83LKPjQzk31VI4E0Vw$hsYF68OiOUPdDZ1Fg.fJPeq1h/gXXY7acBp9/6c.tmQ'
const bcrypt = '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'
const cut = '$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui'
const cutPassword =
  '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored'

type Lines = readonly (Record<string, unknown> | string)[]

function fileOf(lines: Lines): string {
  const file = join(newFolder(), 'users.jsonl')
  writeFileSync(
    file,
    lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
  )
  return file
}

function imported(world: World, lines: Lines, more: Record<string, unknown> = {}): Promise<Imported> {
  const flags = { skipsExisting: false, skipsInvalid: false, isRehearsal: false }
  return importUsers(world, { firebase: undefined, ...flags, by: byCli, ...more, file: fileOf(lines) })
}

async function countUsers({ db }: World): Promise<unknown> {
  return (await db.query(sql`select count(*) as users from users`))[0]?.users
}

async function hashOf({ db }: World, email: string): Promise<string> {
  const [row] = await db.query(sql`select password_hash from users where email = ${email}`)
  return String(row?.password_hash)
}

onBothEngines('importing users', (engine) => {
  const { server, admin } = administered(engine)

  test('imported users sign in with their old passwords, which are then rehashed', async () => {
    const { url, world } = server()
    const [one, two, three, four] = [newEmail(), newEmail(), newEmail(), newEmail()]
    const outcome = await imported(
      world,
      [
        {
          email: one.toUpperCase(),
          password_hash: passlib,
          username: `old-${Date.now()}`,
          full_name: 'Old One',
        },
        { email: two, password_hash: bcrypt, email_verified: true, created_at: '2019-05-01T10:00:00+02:00' },
        '',
        { email: three, password_hash: firebase.exported, roles: ['subscriber'] },
        { email: four, password_hash: null, disabled: true },
      ],
      { firebase: firebase.parameters },
    )
    assert.deepEqual([outcome.users, outcome.lines, outcome.isWritten], [4, 4, true])
    const client = clientAt(url)
    const passwords = { [one]: 'password', [two]: 'U*U', [three]: firebase.password }
    for (const [email, password] of Object.entries(passwords)) {
      const before = await hashOf(world, email)
      const wrong = await signIn(client, { login: email, password: `${password}x` })
      assert.equal(wrong.status, 401)
      assert.equal(await hashOf(world, email), before)
      await signedIn(client, { email, password })
      assert.match(await hashOf(world, email), /^\$argon2id\$v=19\$m=\d+,t=\d,p=1,keyid=[\w-]{8}\$/)
      await signedIn(client, { email, password })
    }
    const seen = (await signedIn(client, { email: two, password: 'U*U' })).user
    assert.deepEqual([seen.email_verified, seen.created_at], [true, '2019-05-01T08:00:00.000Z'])
    const third = (await signedIn(client, { email: three, password: firebase.password })).user
    assert.deepEqual(third.roles, ['default_user', 'subscriber'])
    for (const password of ['', 'null', 'password'])
      assert.equal((await signIn(client, { login: four, password })).status, 401)
    const [line] = await auditEvents(admin, `event=user.imported&target=${seen.id}`)
    assert.deepEqual(line?.actor.kind, 'cli')
    assert.deepEqual(line?.details.hashed_by, 'bcrypt')
    assert.equal((await verifyAudit(world)).kind, 'whole')
  })

  test('a bcrypt hash is kept where bcrypt may have truncated the password', async () => {
    const { url, world } = server()
    const email = newEmail()
    await imported(world, [{ email, password_hash: cut }])
    const client = clientAt(url)
    for (const password of [cutPassword, `${cutPassword.slice(0, 72)}and another end`, cutPassword]) {
      await signedIn(client, { email, password })
      assert.equal(await hashOf(world, email), cut)
    }
    await signedIn(client, { email, password: cutPassword.slice(0, 72) })
    assert.match(await hashOf(world, email), /^\$argon2id/)
  })
})

onBothEngines('an import file', (engine) => {
  const server = serverForSuite(engine)

  test('an import file with an invalid line imports no users', async () => {
    const { world } = server()
    const before = await countUsers(world)
    const twice = newEmail()
    const wrong: Lines = [
      { email: newEmail(), password_hash: passlib },
      { email: 'nobody' },
      { email: newEmail(), password_hash: 'hunter2' },
      { email: newEmail(), password_hash: `$2b$31$${'C'.repeat(53)}` },
      { email: newEmail(), password_hash: firebase.exported },
      { email: newEmail(), created_at: '2999-01-01T00:00:00Z' },
      { email: newEmail(), roles: ['king'] },
      { email: newEmail(), username: 'a@b' },
      { email: newEmail(), state: 'active' },
      '{"email":',
      '[]',
      { email: twice },
      { email: ` ${twice.toUpperCase()}` },
      { email: newEmail(), full_name: 'a\0b' },
    ]
    const { problems, users, isWritten } = await imported(world, wrong)
    assert.deepEqual(
      problems.first.map(({ line, path }) => [line, path]),
      [
        [2, 'email'],
        [3, 'password_hash'],
        [4, 'password_hash'],
        [5, 'password_hash'],
        [6, 'created_at'],
        [7, 'roles'],
        [8, 'username'],
        [9, ''],
        [10, ''],
        [11, ''],
        [13, 'email'],
        [14, 'full_name'],
      ],
    )
    assert.deepEqual([users, isWritten, await countUsers(world)], [2, false, before])
    assert.ok(!JSON.stringify(problems).includes('hunter2'))
  })
})

onBothEngines('existing users in an import file', (engine) => {
  const server = serverForSuite(engine)

  test('existing users are reported and unchanged, and skipped with --skip-existing', async () => {
    const { url, world } = server()
    const client = clientAt(url)
    const person = await signedUp(client, { username: `taken-${Date.now()}` })
    const { username } = (await signedIn(client, person)).user
    const [fresh, other] = [newEmail(), newEmail()]
    const lines = [
      { email: person.email, password_hash: passlib, disabled: true },
      { email: fresh, password_hash: passlib },
      { email: other, username: username?.toUpperCase() },
    ]
    const before = [await countUsers(world), await hashOf(world, person.email)]
    const refused = await imported(world, lines)
    assert.deepEqual(refused.conflicts.first, [
      { line: 1, email: person.email, taken: 'email' },
      { line: 3, email: other, taken: 'username' },
    ])
    assert.deepEqual([refused.users, refused.isWritten], [1, false])
    const dryRun = await imported(world, lines, { skipsExisting: true, isRehearsal: true })
    assert.deepEqual([dryRun.users, dryRun.isWritten], [1, false])
    assert.deepEqual([await countUsers(world), await hashOf(world, person.email)], before)
    const skipped = await imported(world, lines, { skipsExisting: true })
    assert.deepEqual([skipped.users, skipped.conflicts.count, skipped.isWritten], [1, 2, true])
    await signedIn(client, person)
    const again = await imported(world, lines, { skipsExisting: true })
    assert.deepEqual([again.users, again.conflicts.count], [0, 3])
  })

  test('two imports of one file at once create each user once', async () => {
    const { world } = server()
    const before = Number(await countUsers(world))
    const lines = Array.from({ length: 120 }, () => ({ email: newEmail(), password_hash: passlib }))
    const outcomes = await Promise.all([1, 2].map(() => imported(world, lines)))
    const users = outcomes.reduce((sum, outcome) => sum + outcome.users, 0)
    const conflicts = outcomes.reduce((sum, { conflicts }) => sum + conflicts.count, 0)
    const isOneRefused = outcomes.some(({ isWritten }) => !isWritten)
    assert.equal(Number(await countUsers(world)), before + 120)
    assert.ok(isOneRefused || (users === 120 && conflicts === 120), JSON.stringify(outcomes))
  })
})

test('a slow hash does not delay other requests', async () => {
  const { url, world, stop } = await startServer(await freshDatabaseUrl('sqlite'))
  const email = newEmail()
  const password = 'a slow one'
  await imported(world, [{ email, password_hash: await bcryptHash(password, 12) }])
  const client = clientAt(url)
  let isDone = false
  const signingIn = signedIn(client, { email, password }).finally(() => {
    isDone = true
  })
  let answered = 0
  for (; !isDone; answered++) assert.equal((await client.get('/healthz')).status, 200)
  await signingIn
  await stop()
  assert.ok(answered > 5, `only ${answered} requests were answered in the meantime`)
})

test('sigil import users prints its result and exits with the usual codes', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const { url } = await spawnServer(place)
  const lines = [{ email: 'ann@example.org', password_hash: firebase.exported }]
  const file = fileOf(lines)
  const parameters = fileOf([firebase.parameters])
  const run = async (...words: string[]) => {
    const { code, stdout, stderr } = await sigil(['import', 'users', ...words], { place })
    return [code, `${stdout}${stderr}`] as const
  }
  const [failed, problem] = await run(file)
  assert.equal(failed, 1)
  assert.match(problem, /^Line 1, password_hash: .*--firebase FILE\.\nNo users were imported\. /)
  const dryRun = await run(file, '--firebase', parameters, '--dry-run')
  assert.deepEqual(dryRun, [0, '1 of 1 users can be imported; nothing was written.\n'])
  assert.deepEqual(await run(file, '--firebase', parameters), [0, '1 of 1 users imported.\n'])
  const [code, output] = await run(file, '--firebase', parameters)
  assert.equal(code, 5)
  assert.match(output, /^Line 1: the email of ann@example\.org is taken\.\nNo users were imported\./)
  assert.equal((await run(`${file}.missing`))[0], 4)
  assert.equal((await run(file, '--firebase', file))[0], 2)
  assert.equal((await run(newFolder()))[0], 1)
  const json = await sigil(['import', 'users', file, '--firebase', parameters, '--json'], { place })
  const { error, conflicts, written } = JSON.parse(json.stdout)
  assert.deepEqual([error.code, conflicts[0].line, written], ['import_conflicts', 1, false])
  await signedIn(clientAt(url), { email: 'ann@example.org', password: firebase.password })
})
