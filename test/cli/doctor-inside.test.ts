import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { byCli } from '#src/audit/by.ts'
import { examineDatabase } from '#src/cli/doctor/database.ts'
import type { Finding } from '#src/cli/doctor/finding.ts'
import { inspect } from '#src/cli/doctor/inspect.ts'
import { examinePort, examineUrl } from '#src/cli/doctor/network.ts'
import { systemClock } from '#src/platform/clock.ts'
import { addVerifier } from '#src/revocations/verifier-keys.ts'
import { forwardedBy } from '#src/server/forwarded.ts'
import { DatabaseAway, type Db } from '#src/store/db.ts'
import { ending } from '#src/world/ending.ts'
import type { World } from '#src/world/world.ts'
import { on, reportOn } from '#test/cli/doctor-report.ts'
import { registerSite } from '#test/support/app-host.ts'
import { selfSigned } from '#test/support/certificate.ts'
import { clientAt } from '#test/support/client.ts'
import { freshDatabaseUrl, onBothEngines } from '#test/support/engines.ts'
import { freePort } from '#test/support/free-port.ts'
import { programOrSkip } from '#test/support/programs.ts'
import { startServer } from '#test/support/server.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

async function findingsInside(world: World): Promise<readonly Finding[]> {
  const { json } = await inspect.run(world, {})
  return (json as unknown as { findings: Finding[] }).findings
}

onBothEngines('sigil doctor in a server', (engine) => {
  test('the doctor reports an untrusted proxy, near or far', async () => {
    const { url, world } = await startServer(engine)
    const from = async (headers: Record<string, string>) => clientAt(url).get('/healthz', { headers })
    await from({})
    assert.equal(on('proxy', await findingsInside(world)), '')
    forwardedBy(world).notice('203.0.113.9')
    assert.match(on('proxy', await findingsInside(world)), /^warning: 203\.0\.113\.9 .*SIGIL_TRUSTED_PROXIES/)
    await from({ 'x-forwarded-for': '192.0.2.1' })
    assert.match(
      on('proxy', await findingsInside(world)),
      /^wrong: .*(127\.0\.0\.1|::1).*SIGIL_TRUSTED_PROXIES=/,
    )
  })

  test('the doctor reports nothing about a trusted proxy', async () => {
    const { url, world } = await startServer(engine, { SIGIL_TRUSTED_PROXIES: '127.0.0.1,::1' })
    await clientAt(url).get('/healthz', { headers: { 'x-forwarded-for': '192.0.2.1' } })
    assert.equal(on('proxy', await findingsInside(world)), '')
  })

  test('the doctor reports why the server is not ready', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    assert.match(on('server', await findingsInside(world)), /^ok: .*running and ready/)
    ending(world).abort()
    assert.match(on('server', await findingsInside(world)), /^wrong: .*not_draining/)
  })
})

onBothEngines('sigil doctor on a database', (engine) => {
  const look = (world: World, db = world.db, clock = world.clock) =>
    examineDatabase(db, clock, world.settings)

  test('the doctor reports a database that cannot be written', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    assert.match(on('writes', await look(world)), /^ok: /)
    const query: Db['query'] = (statement) =>
      'strings' in statement && /^update/.test(statement.strings[0] ?? '')
        ? Promise.reject(new DatabaseAway('The disk is full.'))
        : world.db.query(statement)
    assert.match(on('writes', await look(world, { ...world.db, query })), /^wrong: .*The disk is full/)
  })

  test('the doctor reports a database that does not commit durably', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    const lax = [{ name: 'synchronous', value: '1' }]
    const db: Db = { ...world.db, transaction: (work) => work(async () => lax) }
    assert.match(on('durability', await look(world, db)), /^wrong: .*synchronous is 1/)
    // The PostgreSQL of the tests runs without fsync, for speed.
    const isFast = engine.dialect === 'postgres'
    assert.match(on('durability', await look(world)), isFast ? /^wrong: .*fsync is off/ : /^ok: /)
  })

  test('the doctor reports verifier keys that end soon, and apps behind an untrusted proxy', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    const dayMs = 24 * 60 * 60 * 1000
    const add = (name: string, lifetimeMs: number | undefined) =>
      addVerifier(world, { name, lifetimeMs, by: byCli })
    await add('for-long', 90 * dayMs)
    await add('for-ever', undefined)
    const before = await look(world)
    assert.deepEqual([on('verifiers', before), on('proxy apps', before)], ['', ''])
    await add('ending', 7 * dayMs)
    await registerSite(world)
    const after = await look(world)
    assert.match(on('verifiers', after), /^warning: .* end: ending expires at 20\d\d-.*sigil verifier rotate/)
    assert.match(on('proxy apps', after), /^warning: .*SIGIL_TRUSTED_PROXIES/)
    const { settings } = await openTestWorld(engine, { clock: testClock() })
    const trustedProxies = { ...settings.trustedProxies, texts: ['10.0.0.1'] }
    const trusting = await examineDatabase(world.db, world.clock, { ...settings, trustedProxies })
    assert.equal(on('proxy apps', trusting), '')
  })

  test('the doctor reports a clock that was set back or differs from that of the database', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    const at = (ms: number) => look(world, world.db, { ...systemClock, now: () => systemClock.now() + ms })
    assert.match(on('clock', await at(0)), /^ok: /)
    assert.match(on('clock', await at(-3_600_000)), /^wrong: .*set back/)
    if (engine.dialect === 'sqlite') return
    assert.match(on('clock', await at(10_000)), /^warning: The clock differs by (9|10)\d{3} ms/)
    assert.match(on('clock', await at(90_000)), /^wrong: The clock differs by (8|9)\d{4} ms/)
  })
})

async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, 'localhost')
  after(() => server.close())
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const summary = (body: unknown): RequestListener => {
  return (_request, response) => response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

async function urlFinding(publicUrl: string): Promise<string> {
  return on('url', await examineUrl({ publicUrl }, { clock: systemClock, isRunning: true }))
}

test('the doctor reports another program, another Sigil or no answer at the public URL', async () => {
  const others = [summary('Welcome to nginx!'), summary({}), summary({ issuer: 'https://other.example' })]
  for (const [at, answer] of others.entries()) {
    const url = `http://localhost:${await listening(createServer(answer))}`
    assert.match(
      await urlFinding(url),
      at < 2 ? /^wrong: .* does not lead to Sigil/ : /^wrong: .*another Sigil/,
    )
  }
  assert.match(await urlFinding(`http://localhost:${await freePort()}`), /^warning: .*\(ECONNREFUSED\)/)
})

test('the doctor reports a certificate that is untrusted or about to expire', async (t) => {
  if (!programOrSkip('openssl', t)) return
  const place = await freshDatabaseUrl('sqlite')
  const { dataDir } = place
  const { key, cert, certFile } = selfSigned(dataDir)
  const files = { key, cert }
  let issuer = ''
  const port = await listening(createTlsServer(files, (...call) => summary({ issuer })(...call)))
  issuer = `https://localhost:${port}`
  assert.match(await urlFinding(issuer), /^wrong: The certificate .*SELF_SIGNED/)
  const trusting = { SIGIL_PUBLIC_URL: issuer, NODE_EXTRA_CA_CERTS: certFile }
  const { findings } = await reportOn(place, trusting)
  assert.match(on('url', findings), /^ok: /)
  assert.match(on('tls', findings), /^warning: The certificate is valid for 1 more days/)
  assert.match(on('cookies', findings), /^ok: /)
  assert.match(on('proxy', findings), /^warning: .*SIGIL_TRUSTED_PROXIES/)
  const trusted = await reportOn(place, { ...trusting, SIGIL_TRUSTED_PROXIES: '10.0.0.1' })
  assert.match(on('proxy', trusted.findings), /^ok: Trusted: 10\.0\.0\.1/)
})

test('the doctor reports a port that is taken and a host of another machine', async () => {
  const { world } = await startServer(await freshDatabaseUrl('sqlite'))
  const portFinding = async (settings: Partial<World['settings']>) =>
    on('port', [await examinePort({ ...world.settings, ...settings })])
  assert.match(await portFinding({}), /^ok: Sigil answers/)
  assert.match(await portFinding({ publicUrl: 'https://other.example' }), /^wrong: .*another Sigil \(http:/)
  const port = await listening(createServer(summary('hello')))
  const taken = await portFinding({ port, host: 'localhost' })
  assert.match(taken, /^wrong: .*is taken by another program\. .*SIGIL_PORT/)
  assert.match(await portFinding({ host: '192.0.2.1' }), /^wrong: .*EADDRNOTAVAIL/)
})
