import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientAt } from '#test/support/client.ts'
import { command } from '#test/support/command.ts'
import { commandedServer } from '#test/support/commanded-server.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { sessionIn, signIn } from '#test/support/people.ts'
import { clockAhead, enrolled } from '#test/support/totp.ts'

onBothEngines('second factors on the command line', ({ freshPlace }) => {
  test('user factors lists second factors, and user reset-mfa removes them', async () => {
    const place = await freshPlace()
    const { url } = await commandedServer(place)
    const client = clientAt(url)
    const { person, secret, codes } = await enrolled(client, clockAhead())
    const listed = await command(['user', 'factors', person.email], { place })
    assert.equal(listed.code, 0, listed.stderr)
    assert.match(listed.stdout, /totp[^\n]*\nRecovery codes left: 10/)
    for (const hidden of [secret, ...codes]) assert.ok(!listed.stdout.includes(hidden))
    const reset = await command(['user', 'reset-mfa', person.email], { place })
    assert.equal(reset.code, 0, reset.stderr)
    assert.match(reset.stdout, /Removed: totp\./)
    sessionIn(await signIn(client, person))
    assert.match((await command(['user', 'factors', person.email], { place })).stdout, /has no second factor/)
    assert.match((await command(['user', 'reset-mfa', person.email], { place })).stdout, /no second factor/)
    assert.equal((await command(['user', 'factors', 'nobody'], { place })).code, 4)
    assert.equal((await command(['user', 'reset-mfa', 'nobody'], { place })).code, 4)
  })
})
