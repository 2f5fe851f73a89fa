import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientAt } from '#test/support/client.ts'
import { command, commandJson } from '#test/support/command.ts'
import { onBothEngines, type Place } from '#test/support/engines.ts'
import { goodPassword, isAccepted, logOut, refreshed, signedIn, signedUp } from '#test/support/people.ts'
import { spawnServer } from '#test/support/processes.ts'
import { envOf } from '#test/support/sigil.ts'

async function withRoot(place: Place): Promise<void> {
  const words = ['admin', 'create', '--email', 'root@example.org', '--password-stdin']
  assert.equal((await command(words, { place, input: `${goodPassword}\n` })).code, 0)
}

onBothEngines('role commands without a server', ({ freshPlace }) => {
  test('role commands create, grant, revoke and delete a role', async () => {
    const place = await freshPlace()
    await withRoot(place)
    const run = async (...words: string[]) => {
      const { code, said } = await commandJson(words, { place })
      return [code, said.error?.code]
    }
    assert.deepEqual(await run('role', 'create', 'editor', '--description', 'Edits'), [0, undefined])
    assert.deepEqual(await run('role', 'create', 'editor'), [5, 'role_exists'])
    assert.deepEqual(await run('role', 'create', 'Editor'), [2, 'invalid_request'])
    assert.deepEqual(await run('role', 'grant', 'root@example.org', 'editor'), [0, undefined])
    assert.deepEqual(await run('role', 'delete', 'editor'), [5, 'role_in_use'])
    const { said } = await commandJson(['role', 'list'], { place })
    assert.deepEqual(
      said.roles.map(({ name, members }) => [name, members]),
      [
        ['admin', 1],
        ['default_user', 1],
        ['editor', 1],
        ['guest', 0],
        ['subscriber', 0],
      ],
    )
    assert.deepEqual(await run('role', 'revoke', 'root@example.org', 'editor'), [0, undefined])
    assert.deepEqual(await run('role', 'delete', 'editor'), [0, undefined])
    assert.deepEqual(await run('role', 'delete', 'editor'), [4, 'not_found'])
  })

  test('role commands reject the last admin, built-in roles and unknown names', async () => {
    const place = await freshPlace()
    await withRoot(place)
    const last = await commandJson(['role', 'revoke', 'root@example.org', 'admin'], { place })
    assert.deepEqual([last.code, last.said.error.code], [5, 'last_admin'])
    const builtIn = await commandJson(['role', 'delete', 'guest'], { place })
    assert.deepEqual([builtIn.code, builtIn.said.error.code], [5, 'built_in_role'])
    for (const [user, role] of [
      ['nobody', 'guest'],
      ['root@example.org', 'nothing'],
    ] as const) {
      for (const verb of ['grant', 'revoke']) {
        const { code, stderr } = await command(['role', verb, user, role], { place })
        assert.equal(code, 4)
        assert.match(stderr, /^There is no (user nobody|role nothing)\./)
      }
    }
  })
})

onBothEngines('role commands with a running server', ({ freshPlace }) => {
  test('role commands take effect at the next request and keep the session', async () => {
    const place = await freshPlace()
    const { url } = await spawnServer(place, envOf(place))
    const client = clientAt(url)
    const person = await signedUp(client)
    const first = await signedIn(client, person)
    const granted = await commandJson(['role', 'grant', person.id, 'guest'], { place })
    assert.deepEqual([granted.code, granted.said.everywhere], [0, true])
    assert.equal(await isAccepted(client, first.access_token), false)
    const second = await refreshed(client, first.refresh_token)
    assert.deepEqual(second.user.roles, ['default_user', 'guest'])
    await commandJson(['role', 'revoke', person.email, 'guest'], { place })
    assert.equal(await isAccepted(client, second.access_token), false)
    const { said } = await commandJson(['user', 'sessions', person.email], { place })
    assert.deepEqual(
      said.sessions.map(({ id }) => id),
      [first.session_id],
    )
    const { stdout } = await command(['user', 'sessions', person.email], { place })
    assert.match(stdout, /STARTED .*\n.*password/)
    await logOut(client, second.access_token)
    const none = await command(['user', 'sessions', person.email], { place })
    assert.equal(none.stdout, `${person.email} has no live session.\n`)
  })
})
