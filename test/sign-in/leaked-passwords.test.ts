import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { sql } from '#src/store/sql.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { goodPassword, newEmail, sessionIn, signedIn, signedUp, signIn } from '#test/support/people.ts'
import { numbersAt } from '#test/support/prometheus.ts'
import { assertFieldRefused, assertRefused } from '#test/support/rejected.ts'
import { startServer } from '#test/support/server.ts'

const own = 'a window of my own 17'

/** A service with some leaked passwords, by their hashes. */
async function rangeService() {
  const leaked = new Set<string>()
  const asked: string[] = []
  const traces: unknown[] = []
  const service = { leaked, asked, traces, url: '', status: 200, isSilent: false }
  const server = createServer((request, response) => {
    traces.push(request.headers.traceparent)
    asked.push(`${request.url} ${request.headers['add-padding']}`)
    if (service.isSilent) return
    const prefix = request.url?.slice('/range/'.length) ?? ''
    const hashes = [...leaked].map((password) =>
      createHash('sha1').update(password).digest('hex').toUpperCase(),
    )
    const found = hashes.filter((hash) => hash.startsWith(prefix)).map((hash) => `${hash.slice(5)}:3`)
    response.writeHead(service.status).end([...found, `${'0'.repeat(35)}:0`].join('\r\n'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  service.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/range/`
  return service
}

onBothEngines('passwords from leaks', (engine) => {
  test('a leaked password is rejected, and the service receives only five characters of a hash', async () => {
    const service = await rangeService()
    const client = clientAt((await startServer(engine, { SIGIL_LEAKED_PASSWORDS_URL: service.url })).url)
    service.leaked.add(own)
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    const headers = { traceparent }
    const refused = await client.post(
      '/api/v1/auth/signup',
      { email: newEmail(), password: own },
      { headers },
    )
    assertFieldRefused(refused, '/password', 'leaked')
    assert.match(service.asked[0] ?? '', /^\/range\/[0-9A-F]{5} true$/)
    await signedUp(client)
    assert.deepEqual(service.traces, [traceparent, undefined])
  })

  test('a password that leaks later must be replaced at the next sign-in', async () => {
    const service = await rangeService()
    const { url, world } = await startServer(engine, { SIGIL_LEAKED_PASSWORDS_URL: service.url })
    const client = clientAt(url)
    const person = await signedUp(client)
    const session = await signedIn(client, person)
    service.leaked.add(goodPassword)
    const asked = service.asked.length
    assertRefused(await signIn(client, { ...person, password: 'not this one 1' }), 'wrong_credentials')
    assert.equal(service.asked.length, asked)
    const { text, cookies } = await signIn(client, person)
    const { password_change_required, access_token, mfa_token } = JSON.parse(text)
    assert.deepEqual([password_change_required, access_token, cookies], [true, undefined, []])
    const reset = (password: string) => client.post('/api/v1/auth/reset', { mfa_token, password })
    assertFieldRefused(await reset(goodPassword), '/password', 'leaked')
    assert.equal((await reset(own)).status, 204)
    sessionIn(await signIn(client, { ...person, password: own }))
    const events = await world.db.query(sql`select * from audit_events where event = 'password.leaked'`)
    assert.equal(events.length, 1)
    assertRefused(await client.get('/api/v1/me', { bearer: session.access_token }), 'not_signed_in')
  })

  test('if the service fails or hangs, passwords are accepted, and the failure is counted', async () => {
    const service = await rangeService()
    const { url } = await startServer(engine, { SIGIL_LEAKED_PASSWORDS_URL: service.url })
    const client = clientAt(url)
    service.status = 503
    const person = await signedUp(client)
    service.isSilent = true
    sessionIn(await signIn(client, person))
    const failed = (await numbersAt(url)).of('sigil_leak_checks_total', { outcome: 'failed' })
    assert.equal(failed, 2)
  })
})
