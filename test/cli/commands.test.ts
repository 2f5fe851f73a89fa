import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { clientAt } from '#test/support/client.ts'
import { command, commandJson } from '#test/support/command.ts'
import { commandedServer } from '#test/support/commanded-server.ts'
import { type Engine, freshDatabaseUrl, onBothEngines, type Place } from '#test/support/engines.ts'
import { goodPassword, signedIn } from '#test/support/people.ts'
import { spawnServer } from '#test/support/processes.ts'
import { envOf, sigil, sigilJson } from '#test/support/sigil.ts'

const input = `${goodPassword}\n`

function create(place: Place, email: string, ...more: string[]) {
  return commandJson(['admin', 'create', '--email', email, '--password-stdin', ...more], { place, input })
}

for (const beside of ['without a server', 'beside a server']) {
  const placeOf = async (engine: Engine) => {
    const place = await engine.freshPlace()
    if (beside === 'beside a server') await commandedServer(place)
    return place
  }

  onBothEngines(`commands ${beside}`, (engine) => {
    test(`admin create creates an administrator with both roles, once, ${beside}`, async () => {
      const place = await placeOf(engine)
      const made = await create(place, 'Root@Example.org', '--username', 'root')
      assert.equal(made.code, 0)
      assert.deepEqual(made.said.user.roles, ['admin', 'default_user'])
      assert.equal(made.said.user.email, 'root@example.org')
      const again = await create(place, 'root@example.org')
      assert.deepEqual([again.code, again.said.error.code], [5, 'already_registered'])
      const taken = await create(place, 'other@example.org', '--username', 'ROOT')
      assert.deepEqual([taken.code, taken.said.error.code], [5, 'username_taken'])
      const { code, said } = await commandJson(['user', 'list'], { place })
      assert.deepEqual([code, said.users.map(({ email }) => email)], [0, ['root@example.org']])
    })

    test(`admin create rejects a malformed email and a common password, ${beside}`, async () => {
      const place = await placeOf(engine)
      const address = await create(place, 'nobody')
      assert.deepEqual([address.code, address.said.error.code], [2, 'invalid_request'])
      const words = ['admin', 'create', '--email', 'a@example.org', '--password-stdin']
      const guessed = await command(words, { place, input: 'password\n' })
      assert.equal(guessed.code, 2)
      assert.match(guessed.stderr, /^password: /)
      assert.equal(guessed.stdout, '')
    })

    test(`user disable and enable take an id, username or email, ${beside}`, async () => {
      const place = await placeOf(engine)
      await create(place, 'one@example.org')
      const last = await commandJson(['user', 'disable', 'one@example.org'], { place })
      assert.deepEqual([last.code, last.said.error.code], [5, 'last_admin'])
      const { said } = await create(place, 'two@example.org', '--username', 'two')
      const done = await commandJson(['user', 'disable', said.user.id], { place })
      assert.deepEqual([done.code, done.said.already, done.said.everywhere], [0, false, true])
      const shown = await commandJson(['user', 'show', 'TWO'], { place })
      assert.deepEqual([shown.code, shown.said.user.status], [0, 'disabled'])
      const enabled = await commandJson(['user', 'enable', 'two@example.org'], { place })
      assert.deepEqual([enabled.code, enabled.said.already], [0, false])
      assert.equal((await commandJson(['user', 'enable', 'two'], { place })).said.already, true)
    })

    test(`every user command reports an unknown user, ${beside}`, async () => {
      const place = await placeOf(engine)
      for (const verb of ['show', 'disable', 'enable', 'logout-all']) {
        const { code, stdout, stderr } = await command(['user', verb, 'nobody'], { place })
        assert.deepEqual([code, stdout], [4, ''])
        assert.match(stderr, /There is no user nobody\./)
      }
    })
  })
}

onBothEngines('commands that end sessions of a running server', ({ freshPlace }) => {
  test('user disable and user logout-all revoke tokens before they finish', async () => {
    const place = await freshPlace()
    const { url } = await spawnServer(place, envOf(place))
    const client = clientAt(url)
    await create(place, 'one@example.org')
    await create(place, 'two@example.org')
    const isAccepted = async (bearer: string) =>
      (await client.get('/api/v1/auth/verify', { bearer })).status === 204
    const first = await signedIn(client, { email: 'two@example.org', password: goodPassword })
    assert.ok(await isAccepted(first.access_token))
    const out = await sigilJson(['user', 'logout-all', 'two@example.org'], { place })
    assert.deepEqual([out.code, out.said.sessions_ended, out.said.everywhere], [0, 1, true])
    assert.ok(!(await isAccepted(first.access_token)))

    const second = await signedIn(client, { email: 'two@example.org', password: goodPassword })
    assert.ok(await isAccepted(second.access_token))
    const { code, stdout } = await sigil(['user', 'disable', 'two@example.org'], { place })
    assert.equal(code, 0)
    assert.match(stdout, /^two@example\.org is disabled\. In effect everywhere/)
    assert.ok(!(await isAccepted(second.access_token)))
  })
})

test('a usage error names the flag or operand as it was typed, with advice', async () => {
  const place = await freshDatabaseUrl('sqlite')
  await commandedServer(place)
  const errorOf = async (line: string, input = '') => {
    const { code, stderr } = await command(line.split(' '), { place, input })
    return [code, stderr.split('\n')[0], stderr.split('\n')[1]]
  }
  const help = (name: string) => `Run \`sigil ${name} --help\` for its usage.`
  for (const [words, pattern, command] of [
    ['user list --status gone', /^--status must be one of: active, disabled\.$/, 'user list'],
    [`user show ${'x'.repeat(300)}`, /^USER must have at most 254 characters\.$/, 'user show'],
  ] as const) {
    const [code, line, advice] = await errorOf(words)
    assert.deepEqual([code, advice], [2, help(command)])
    assert.match(`${line}`, pattern)
  }
  const [code, line] = await errorOf('key reseal --new-master-key-stdin', 'short')
  assert.equal(code, 2)
  assert.match(`${line}`, /^--new-master-key-stdin must be 32 random bytes in base64url, for example .+\.$/)
  await create(place, 'one@example.org')
  assert.deepEqual(await errorOf('admin create --email One@example.org --password-stdin', goodPassword), [
    5,
    'One@example.org is already registered.',
    'To make that user an administrator: `sigil role grant One@example.org admin`.',
  ])
})

test('a command that creates the database prints its location, only the first time', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sigil-elsewhere-'))
  after(() => rmSync(folder, { recursive: true }))
  const place = { dataDir: folder, databaseUrl: undefined }
  const make = (email: string) =>
    sigil(['admin', 'create', '--email', email, '--password-stdin'], { place, input })
  const { code, stdout } = await make('a@example.org')
  assert.equal(code, 0)
  assert.ok(stdout.includes(`There was no database in ${folder}, so a new one was created.\n`), stdout)
  assert.match(stdout, /SIGIL_DATA_DIR/)
  assert.doesNotMatch((await make('b@example.org')).stdout, /was created/)
})

test('user list filters, limits and pages', async () => {
  const place = await freshDatabaseUrl('sqlite')
  await commandedServer(place)
  for (const name of ['ann', 'bob', 'cid']) await create(place, `${name}@example.org`)
  const emails = async (...words: string[]) => {
    const { said } = await commandJson(['user', 'list', ...words], { place })
    return [said.users.map(({ email }) => email.slice(0, 3)), said.more]
  }
  assert.deepEqual(await emails('--limit', '2'), [['ann', 'bob'], true])
  assert.deepEqual(await emails('--after', 'bob@example.org'), [['cid'], false])
  assert.deepEqual(await emails('--q', 'BOB'), [['bob'], false])
  assert.deepEqual(await emails('--status', 'disabled'), [[], false])
  assert.equal((await command(['user', 'list', '--limit', 'many'], { place })).code, 2)
  assert.equal((await command(['user', 'list', '--status', 'asleep'], { place })).code, 2)
})
