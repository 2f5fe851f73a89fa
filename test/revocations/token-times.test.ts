import assert from 'node:assert/strict'
import { test } from 'node:test'
import { authenticate } from '#src/tokens/authenticate.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { partsOf, signedWith } from '#test/support/forging.ts'
import { pairOf, personWithRoles } from '#test/support/people.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

type Times = { iat: number; exp: number; nbf?: number }

onBothEngines('the times in an access token', (engine) => {
  test('a token signed with our key is rejected if it could outlive a log entry', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    const pair = await pairOf(world, await personWithRoles(world, ['default_user']))
    const { header, claims } = partsOf(pair.accessToken)
    const iat = Number(claims.iat)
    const kindOf = async (times: Times) => {
      const signed = signedWith(world.keys.signingKey().privateKey, header, { ...claims, ...times })
      return (await authenticate(world, signed)).kind
    }
    assert.equal(await kindOf({ iat, exp: iat + 3600 }), 'accepted')
    assert.equal(await kindOf({ iat, exp: iat + 3601 }), 'not_ours')
    assert.equal(await kindOf({ iat: iat + 299, exp: iat + 600 }), 'accepted')
    assert.equal(await kindOf({ iat: iat + 302, exp: iat + 600 }), 'not_ours')
    assert.equal(await kindOf({ iat, exp: iat + 600, nbf: iat }), 'accepted')
    assert.equal(await kindOf({ iat, exp: iat + 600, nbf: iat + 302 }), 'not_ours')
  })
})
