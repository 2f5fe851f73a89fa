import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mintAccessToken, prepareMint } from '#src/tokens/mint.ts'
import { accessCookie } from '#src/tokens/pair-answer.ts'
import { findTokenSubject } from '#src/tokens/token-subject.sql.ts'
import { fitOneUser, maxRoleCharacters, maxRolesPerUser } from '#src/users/role.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { pairOf, personWithRoles } from '#test/support/people.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

onBothEngines('the access cookie', (engine) => {
  test('the cookie of the longest possible access token fits the limit of browsers', async () => {
    const { world } = await serveTestWorld(engine, { clock: testClock() })
    const { sessionId } = await pairOf(world, await personWithRoles(world, ['default_user']))
    const now = world.clock.now()
    const subject = await findTokenSubject(world.db.query, { sessionId, now })
    assert.ok(subject)
    const length = maxRoleCharacters / maxRolesPerUser
    const roles = Array.from({ length: maxRolesPerUser }, (_, at) => `r${at}`.padEnd(length, 'x'))
    assert.ok(fitOneUser(roles))
    const user = {
      ...subject.user,
      roles,
      username: '𐐀'.repeat(64),
      email: 'a@example.org'.padStart(254, 'a'),
    }
    const publicUrl = `https://${'a'.repeat(253)}:65535`
    const https = { ...world, settings: { ...world.settings, publicUrl } }
    await prepareMint(https, now)
    const amr = ['pwd', 'otp', 'mfa', 'hwk', 'user']
    const grant = mintAccessToken(https, { subject: { ...subject, amr, user }, now })
    const [nameAndValue = ''] = accessCookie(https, grant).split(';')
    assert.match(nameAndValue, /^__Host-access_token=/)
    assert.ok(nameAndValue.length <= 4096, `${nameAndValue.length} bytes`)
  })
})
