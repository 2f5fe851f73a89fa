import assert from 'node:assert/strict'
import { test } from 'node:test'
import { capturedLog } from '#test/support/captured-log.ts'
import { clientAt } from '#test/support/client.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { newEmail, signedIn, signedUp } from '#test/support/people.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`

async function serve(engine: Engine, env: Record<string, string> = {}) {
  const { log, lines } = capturedLog('info')
  const { url } = await serveTestWorld(engine, { clock: testClock(), log, env })
  const messages = (message: string) => lines.filter(({ msg }) => String(msg).startsWith(message))
  return { client: clientAt(url), url, messages }
}

onBothEngines('the log of requests', (engine) => {
  test('every request has one access line with its route, status, user and trace, and no query', async () => {
    const { client, messages } = await serve(engine)
    const person = await signedUp(client)
    const { access_token: bearer } = await signedIn(client, person)
    await client.get('/api/v1/me', { bearer, headers: { traceparent } })
    await client.get('/api/v1/auth/verify', { bearer, headers: { traceparent } })
    await client.get('/nowhere?secret=hunter2')
    const [signUp, , me, verify, nowhere, ...more] = messages('Request')
    assert.deepEqual(more, [])
    assert.deepEqual([signUp?.method, signUp?.route, signUp?.status], ['POST', '/api/v1/auth/signup', 201])
    const expected = ['GET', '/api/v1/me', 200, person.id, traceId]
    assert.deepEqual([me?.method, me?.route, me?.status, me?.user_id, me?.trace_id], expected)
    assert.match(String(me?.request_id), /^[\w-]{10,}$/)
    assert.equal(typeof me?.ms, 'number')
    assert.deepEqual(
      [verify?.route, verify?.status, verify?.user_id, verify?.trace_id],
      ['/api/v1/auth/verify', 204, person.id, traceId],
    )
    assert.deepEqual([nowhere?.route, nowhere?.status], ['none', 404])
    assert.doesNotMatch(JSON.stringify([signUp, me, verify, nowhere]), /hunter2/)
  })

  test('SIGIL_ACCESS_LOG=off logs no requests, but failed sign-ins', async () => {
    const { client, messages } = await serve(engine, { SIGIL_ACCESS_LOG: 'off' })
    const user = await signedUp(client)
    for (const login of [user.email, newEmail()]) {
      const sent = { login, password: 'hunter2 hunter2' }
      await client.post('/api/v1/auth/signin', sent, { headers: { traceparent } })
    }
    assert.deepEqual(messages('Request'), [])
    const [known, unknown] = messages('Sign-in failed')
    assert.deepEqual([known?.reason, known?.user_id, known?.level], ['wrong_credentials', user.id, 'info'])
    assert.deepEqual([unknown?.reason, unknown?.user_id], ['wrong_credentials', undefined])
    assert.ok(known?.request_id && known.address)
    assert.deepEqual([known.trace_id, unknown?.trace_id], [traceId, traceId])
    assert.doesNotMatch(JSON.stringify([known, unknown]), /hunter2|@/)
  })
})

onBothEngines('the log of rejected requests', (engine) => {
  test('a rejected cross-site request is logged with the setting that would allow it', async () => {
    const { client, messages } = await serve(engine, { SIGIL_ACCESS_LOG: 'off' })
    const headers = { origin: 'https://app.example.org', 'sec-fetch-site': 'cross-site' }
    const sent = { login: 'a@example.org', password: 'correct horse' }
    const { status, headers: answered } = await client.post('/api/v1/auth/signin', sent, { headers })
    assert.equal(status, 403)
    const [line, ...more] = messages('Rejected a cross-site request')
    assert.deepEqual(more, [])
    assert.deepEqual(
      [line?.level, line?.origin, line?.request_id],
      ['warn', 'https://app.example.org', answered['x-request-id']],
    )
    assert.match(String(line?.msg), /SIGIL_CORS_ORIGINS.*SIGIL_PUBLIC_URL/)
  })

  test('a rejected preflight and a withheld response are logged with SIGIL_CORS_ORIGINS', async () => {
    const { url, messages } = await serve(engine, {
      SIGIL_ACCESS_LOG: 'off',
      SIGIL_CORS_ORIGINS: 'https://a.example.org',
    })
    const call = (method: string, origin: string) =>
      fetch(`${url}/api/v1/me`, { method, headers: { origin, 'access-control-request-method': 'GET' } })
    await call('OPTIONS', 'https://a.example.org')
    await call('GET', 'https://a.example.org')
    assert.deepEqual(messages('Rejected a CORS preflight').concat(messages('A browser withholds')), [])
    await call('OPTIONS', 'https://b.example.org')
    await call('GET', 'https://b.example.org')
    const [preflight] = messages('Rejected a CORS preflight')
    const [withheld] = messages('A browser withholds')
    assert.deepEqual([preflight?.level, preflight?.origin], ['warn', 'https://b.example.org'])
    assert.deepEqual([withheld?.level, withheld?.origin], ['info', 'https://b.example.org'])
    for (const line of [preflight, withheld]) assert.match(String(line?.msg), /SIGIL_CORS_ORIGINS/)
  })

  test('a flood of rejected requests does not fill the log', async () => {
    const { client, messages } = await serve(engine, { SIGIL_ACCESS_LOG: 'off' })
    const headers = { origin: 'https://app.example.org' }
    for (let sent = 0; sent < 150; sent++) await client.get('/api/v1/me', { headers })
    assert.equal(messages('A browser withholds').length, 100)
  })
})
