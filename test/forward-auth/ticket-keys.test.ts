import assert from 'node:assert/strict'
import { test } from 'node:test'
import { revokeKey } from '#src/administration/revoke-key.ts'
import { byCli } from '#src/audit/by.ts'
import { mintTicket, ticketCookie } from '#src/forward-auth/mint-ticket.ts'
import { randomId } from '#src/platform/random.ts'
import { prepareMint } from '#src/tokens/mint.ts'
import { maxRoleCharacters, maxRolesPerUser } from '#src/users/role.ts'
import { appHostAt, serverWithHosts, signInAt } from '#test/support/app-host.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { partsOf, signedWith } from '#test/support/forging.ts'

onBothEngines('the keys of tickets', (engine) => {
  const { admitted } = serverWithHosts(engine)

  test('a stolen key gives no access once it is revoked, and cannot renew tickets', async () => {
    const { url, world, at, browser, host } = await admitted()
    const stolen = world.keys.signingKey()
    const { header, claims } = partsOf(at.ticket())
    const expired = { ...claims, iat: Number(claims.iat) - 7200, exp: Number(claims.iat) - 3600 }
    const forged = signedWith(stolen.privateKey, header, expired)
    const ask = (ticket: string) => {
      const headers = { cookie: `__Host-sigil_ticket=${ticket}` }
      return appHostAt(url, host).ask('/', { headers })
    }
    // Until then it is valid: this is why keys can be revoked.
    assert.equal((await ask(forged)).status, 204)
    await (await revokeKey(world, { id: stolen.id, by: byCli })).propagated
    for (const ticket of [forged, at.ticket()]) {
      const { status, cookies } = await ask(ticket)
      assert.deepEqual([status, cookies], [401, []])
    }
    const again = appHostAt(url, host)
    await signInAt(again, browser)
    assert.equal((await again.ask('/')).status, 204)
  })

  test('the cookie of the longest possible ticket fits the limit of browsers', async () => {
    const { world } = await admitted()
    const now = world.clock.now()
    const length = maxRoleCharacters / maxRolesPerUser
    const id = () => randomId(world.random)
    const subject = {
      ...{ grantId: id(), clientId: `app_${id()}`, sessionId: id(), userId: id(), signature: id() },
      epoch: id(),
      email: 'a@example.org'.padStart(254, 'a'),
      isEmailVerified: false,
      username: '𐐀'.repeat(64),
      roles: Array.from({ length: maxRolesPerUser }, (_, at) => `r${at}`.padEnd(length, 'x')),
      ...{ level: 'aal2' as const, authenticatedAt: now, endsAt: now + 3_600_000 },
    }
    const publicUrl = `https://${'a'.repeat(253)}:65535`
    const https = { ...world, settings: { ...world.settings, publicUrl } }
    await prepareMint(https, now)
    const ticket = mintTicket(https, { subject, now })
    const [nameAndValue = ''] = ticketCookie(https, { ticket, endsAt: now, isSecure: true }).split(';')
    assert.match(nameAndValue, /^__Host-sigil_ticket=/)
    assert.ok(nameAndValue.length <= 4096, `${nameAndValue.length} bytes`)
  })
})
