import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { Client } from 'pg'
import { hashOf } from '#src/sessions/handle.ts'
import { decodeJwt } from '#src/tokens/jwt.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { onBothEngines, type Place } from '#test/support/engines.ts'
import { logOut, refresh, refreshed, signedIn, signedUp, signIn, signUp } from '#test/support/people.ts'
import { spawnServer } from '#test/support/processes.ts'
import { sigil } from '#test/support/sigil.ts'
import { tcpProxyTo } from '#test/support/tcp-proxy.ts'
import type { WireSession } from '#test/support/wire-body.ts'
import { openBeside } from '../support/sqlite-file.ts'

const masterKey = randomBytes(32)
const password = 'canary tarot window 42'
const canaries = new Set([
  password,
  ...(['base64url', 'base64', 'hex'] as const).map((encoding) => masterKey.toString(encoding)),
])

/** A secret that must stay out of the log, different for each use. */
function canary(place: string): string {
  const text = `canary-${place}-${randomBytes(9).toString('hex')}`
  canaries.add(text)
  return text
}

/** The tokens of a sign-in or a refresh, complete and in parts. */
function secretsOf({ access_token, refresh_token }: WireSession): void {
  canaries.add(access_token).add(access_token.split('.')[2] ?? '')
  canaries.add(decodeJwt(access_token)?.header.jti ?? assert.fail('no signature'))
  const [handle = '', , mac = ''] = refresh_token.replace('sgr_', '').split('.')
  canaries.add(refresh_token).add(handle).add(hashOf(handle)).add(mac)
}

/** A place whose database can be made to fail or to be unavailable for its server. */
async function fragile(place: Place) {
  if (place.databaseUrl === undefined) {
    const beside = openBeside(place.dataDir)
    return {
      place,
      async breakRows() {
        const whenever = `select raise(abort, 'broken'); end`
        beside.exec(`create trigger a before insert on users when new.username = 'broken' begin ${whenever};
          create trigger b before update on sessions when new.counter > 1 begin ${whenever}`)
      },
      takeAway: () => beside.exec('begin immediate'),
      giveBack: () => beside.exec('rollback'),
      close: async () => beside.close(),
    }
  }
  const url = new URL(place.databaseUrl)
  const proxy = await tcpProxyTo(url.href)
  // The server of the tests accepts connections of every user.
  if (url.password === '') url.password = canary('database')
  return {
    place: { ...place, databaseUrl: proxy.through(url.href) },
    async breakRows() {
      const client = new Client({ connectionString: place.databaseUrl })
      await client.connect()
      await client.query(`alter table users add check (username <> 'broken') not valid`)
      await client.query('alter table sessions add check (counter < 2) not valid')
      await client.end()
    },
    takeAway: () => proxy.cut(),
    giveBack: () => proxy.mend(),
    close: () => proxy.close(),
  }
}

type Called = { readonly url: string; readonly verifierKey: string }

/** Secrets in the wrong place, and wrong secrets. */
async function callBadly({ url, verifierKey }: Called): Promise<void> {
  const client = clientAt(url)
  const json = { 'content-type': 'application/json' }
  const bad = [
    signIn(client, { login: 'ann@example.org', password: canary('wrong') }),
    client.post('/api/v1/auth/signin', { login: 'ann@example.org', password: [canary('type')] }),
    signUp(client, { email: canary('email'), password: canary('common') }),
    client.send('POST', '/api/v1/auth/signin', { raw: `{"password": "${canary('json')}`, headers: json }),
    client.get('/api/v1/me', { bearer: `eyJhbGciOiJFUzI1NiJ9.${canary('jwt')}.x` }),
    client.get('/api/v1/me', { headers: { authorization: `Basic ${canary('basic')}` } }),
    client.get('/api/v1/me', { headers: { cookie: `access_token=${canary('cookie')}` } }),
    client.get('/account', { headers: { cookie: `session=${canary('session')}` } }),
    client.get(`/api/v1/auth/verify?token=${canary('query')}`),
    client.get(`/${canary('path')}`),
    refresh(client, `sgr_${canary('refresh')}.1.x`),
    client.post('/oauth/introspect', undefined, {
      raw: `token=${canary('introspected')}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      bearer: verifierKey,
    }),
  ]
  for (const { status } of await Promise.all(bad)) assert.ok(status < 500, String(status))
}

async function liveThrough({ url, verifierKey }: Called, breakRows: () => Promise<void>): Promise<void> {
  const [client, browser] = [clientAt(url), browserAt(url)]
  const ann = { login: 'ann', password }
  await signedUp(client, { email: 'ann@example.org', password, username: ann.login })
  const session = await signedIn(client, ann)
  secretsOf(session)
  await signIn(browser, ann, { transport: 'cookie' })
  for (const name of browser.jar.names) if (name !== 'language') canaries.add(browser.jar.valueOf(name))
  const next = await refreshed(client, session.refresh_token)
  secretsOf(next)
  await callBadly({ url, verifierKey })
  await breakRows()
  const broken = [
    await refresh(client, next.refresh_token),
    await signUp(client, { email: 'broken@example.org', password, username: 'broken' }),
  ]
  assert.deepEqual(
    broken.map(({ status }) => status),
    [500, 500],
  )
  const { status } = await logOut(client, next.access_token)
  assert.equal(status, 204)
}

onBothEngines('a server with log level debug', ({ freshPlace }) => {
  test('no secret is logged in any failure', async () => {
    const { place, breakRows, takeAway, giveBack, close } = await fragile(await freshPlace())
    const env = { SIGIL_LOG_LEVEL: 'debug', SIGIL_MASTER_KEY: masterKey.toString('base64url') }
    const server = await spawnServer(place, env)
    const words = ['admin', 'create', '--email', 'root@example.org', '--password-stdin']
    const made = await sigil(words, { place, env, input: canary('admin') })
    assert.equal(made.code, 0, made.stderr)
    const { stdout } = await sigil(['verifier', 'add', 'api'], { place, env })
    const [verifierKey = ''] = stdout.split('\n')
    canaries.add(verifierKey).add(verifierKey.replace('sgv_', ''))

    await liveThrough({ url: server.url, verifierKey }, breakRows)
    takeAway()
    const away = await signIn(clientAt(server.url), { login: 'ann', password })
    assert.equal(away.status, 503)
    giveBack()
    assert.equal(await server.stop(), 0)
    await close()

    const written = server.output()
    for (const message of [
      '"A request failed"',
      '"The database is unavailable"',
      '"Admin command received"',
    ]) {
      assert.ok(written.includes(message), `${message} is not in\n${written}`)
    }
    const found = [...canaries, '$argon2id$'].filter((text) => written.includes(text))
    assert.deepEqual(found, [], written)
  })
})
