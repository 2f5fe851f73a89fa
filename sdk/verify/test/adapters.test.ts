import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  request,
  type ServerResponse,
} from 'node:http'
import { after, test } from 'node:test'
import { serve } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import * as forExpress from '../src/express.ts'
import * as forFastify from '../src/fastify.ts'
import * as forHono from '../src/hono.ts'
import * as forNext from '../src/next.ts'
import * as forNode from '../src/node.ts'
import { protectedResource } from '../src/resource.ts'
import { type VerifiedToken, type Verifier, VerifyError } from '../src/verify.ts'
import { SigilDouble } from './support/sigil-double.ts'

type Verifies = Pick<Verifier, 'verify'>
type Answer = { status: number; headers: IncomingMessage['headers']; text: string }
type Asks = (path: string, headers?: Record<string, string | string[]>) => Promise<Answer>

const resource = protectedResource({
  resource: 'https://notes.example.com/mcp',
  issuer: 'https://auth.example.org',
  name: 'Notes',
})
const ofNotes = { scope: ['read', 'write'], resource }

/**
 * The same routes in every framework: `/` for signed-in users, `/staff` for two of the roles, `/notes` for
 * tokens with two scopes.
 */
const servers: Record<string, (verifier: Verifies) => Promise<Asks>> = {
  async node(verifier) {
    const answer = (_: IncomingMessage, response: ServerResponse, token: VerifiedToken) =>
      response.end(token.userId)
    const open = forNode.signedIn(verifier, answer)
    const staff = forNode.signedIn(verifier, answer, { role: ['editor', 'admin'] })
    const notes = forNode.signedIn(verifier, answer, ofNotes)
    return listening((asked, response) => {
      const routes: Record<string, typeof open> = { '/staff': staff, '/': open }
      const handled = (routes[asked.url ?? ''] ?? notes)(asked, response)
      handled.catch(() => response.writeHead(500).end())
    })
  },
  async express(verifier) {
    const app = express().set('env', 'test')
    app.get('/', forExpress.signedIn(verifier), (asked, response) => {
      response.send(forExpress.tokenOf(asked).userId)
    })
    app.get('/staff', forExpress.signedIn(verifier, { role: ['editor', 'admin'] }), (asked, response) => {
      response.send(forExpress.tokenOf(asked).userId)
    })
    app.get('/notes', forExpress.signedIn(verifier, ofNotes), (asked, response) => {
      response.send(forExpress.tokenOf(asked).userId)
    })
    return listening(app)
  },
  async fastify(verifier) {
    const app = fastify()
    app.get('/', { onRequest: forFastify.signedIn(verifier) }, (asked) => forFastify.tokenOf(asked).userId)
    const onRequest = forFastify.signedIn(verifier, { role: ['editor', 'admin'] })
    app.get('/staff', { onRequest }, (asked) => forFastify.tokenOf(asked).userId)
    const onNotes = forFastify.signedIn(verifier, ofNotes)
    app.get('/notes', { onRequest: onNotes }, (asked) => forFastify.tokenOf(asked).userId)
    await app.ready()
    return listening((asked, response) => app.routing(asked, response))
  },
  async hono(verifier) {
    const app = new Hono<forHono.SignedInEnv>()
    app.onError((_, context) => context.text('', 500))
    app.get('/', forHono.signedIn(verifier), (context) => context.text(context.var.auth.userId))
    const staff = forHono.signedIn(verifier, { role: ['editor', 'admin'] })
    app.get('/staff', staff, (context) => context.text(context.var.auth.userId))
    app.get('/notes', forHono.signedIn(verifier, ofNotes), (context) => context.text(context.var.auth.userId))
    const server = serve({ fetch: app.fetch, port: 0 })
    await once(server, 'listening')
    after(() => server.close())
    return asking(server.address())
  },
}

for (const [name, serving] of Object.entries(servers)) {
  test(`${name}: a valid token reaches the handler, and one role of several is enough`, async () => {
    const { sigil, verifier } = withDouble()
    const ask = await serving(verifier)
    const bearer = (claims: Record<string, unknown>) => ({ authorization: `Bearer ${sigil.mint(claims)}` })
    const answer = await ask('/', bearer({ sub: 'ann' }))
    assert.deepEqual([answer.status, answer.text], [200, 'ann'])
    assert.equal((await ask('/', { cookie: `__Host-access_token=${sigil.mint()}` })).status, 200)
    assert.equal((await ask('/staff', bearer({ roles: ['x', 'editor'] }))).status, 200)
    const without = await ask('/staff', bearer({ roles: ['x'] }))
    assert.deepEqual([without.status, JSON.parse(without.text).code], [403, 'forbidden'])
    assert.equal(without.headers['www-authenticate'], 'Bearer error="insufficient_scope"')
  })

  test(`${name}: rejected requests get the same error response in every framework`, async () => {
    const { sigil, verifier } = withDouble()
    const ask = await serving(verifier)
    const token = sigil.mint()
    const cases: [Record<string, string | string[]>, string, string][] = [
      [{}, 'missing', 'Bearer'],
      [{ authorization: `Bearer ${token}x` }, 'malformed', 'Bearer error="invalid_token"'],
      [
        { authorization: 'Bearer x', cookie: `__Host-access_token=${token}` },
        'malformed',
        'Bearer error="invalid_token"',
      ],
      [{ authorization: [`Bearer ${token}`, `Bearer ${token}`] }, 'missing', 'Bearer'],
      [{ cookie: `__Host-access_token=${token}; __Host-access_token=${token}` }, 'missing', 'Bearer'],
      [{ authorization: `Bearer ${sigil.mint({ exp: 1 })}` }, 'expired', 'Bearer error="invalid_token"'],
    ]
    for (const [headers, code, challenge] of cases) {
      const answer = await ask('/', headers)
      const { title, detail, ...problem } = JSON.parse(answer.text)
      assert.deepEqual(problem, { type: 'about:blank', status: 401, code })
      assert.ok(detail.startsWith(title))
      assert.deepEqual([answer.status, answer.headers['www-authenticate']], [401, challenge])
      assert.match(answer.headers['content-type'] ?? '', /^application\/problem\+json/)
      assert.equal(answer.headers['cache-control'], 'no-store')
    }
  })

  test(`${name}: a missing scope is a 403, and errors lead to the metadata of the API`, async () => {
    const { sigil, verifier } = withDouble()
    const ask = await serving(verifier)
    const bearer = (scope: string) => ({ authorization: `Bearer ${sigil.mint({ scope })}` })
    assert.equal((await ask('/notes', bearer('write other read'))).status, 200)
    const where = 'resource_metadata="https://notes.example.com/.well-known/oauth-protected-resource/mcp"'
    const narrow = await ask('/notes', bearer('read'))
    assert.deepEqual([narrow.status, JSON.parse(narrow.text).code], [403, 'missing_scope'])
    const challenge = `Bearer error="insufficient_scope", scope="read write", ${where}`
    assert.equal(narrow.headers['www-authenticate'], challenge)
    const anonymous = await ask('/notes')
    const first = `Bearer scope="read write", ${where}`
    assert.deepEqual([anonymous.status, anonymous.headers['www-authenticate']], [401, first])
  })

  test(`${name}: unavailable is a 503, and an unexpected error does not let the request in`, async () => {
    const away = await serving({ verify: () => Promise.reject(new VerifyError('unavailable')) })
    const answer = await away('/')
    assert.deepEqual([answer.status, answer.headers['retry-after']], [503, '1'])
    assert.equal(answer.headers['www-authenticate'], undefined)
    const broken = await serving({ verify: () => Promise.reject(new Error('unexpected')) })
    assert.equal((await broken('/')).status, 500)
  })
}

test('tokenOf throws in a handler without signedIn', () => {
  for (const asked of [{}, { auth: undefined }, { auth: null }, { auth: true }]) {
    assert.throws(() => forExpress.tokenOf(asked), /did not pass through signedIn/)
    assert.throws(() => forFastify.tokenOf(asked), /did not pass through signedIn/)
  }
})

test('signedIn throws a TypeError for invalid options', () => {
  const { verifier } = withDouble()
  const wrong = [
    'admin',
    ['admin'],
    null,
    { roles: ['admin'] },
    { role: undefined },
    { role: [] },
    { role: '' },
    { scope: undefined },
    { scope: [''] },
    { resource: undefined },
    { resource: 'https://notes.example.com/mcp' },
  ]
  for (const options of wrong as object[]) {
    assert.throws(() => forExpress.signedIn(verifier, options), TypeError)
    assert.throws(() => forFastify.signedIn(verifier, options), TypeError)
    assert.throws(() => forHono.signedIn(verifier, options), TypeError)
    assert.throws(() => forNode.signedIn(verifier, () => {}, options), TypeError)
    assert.throws(() => forNext.signedIn(verifier, () => new Response(), options), TypeError)
    assert.throws(() => forNext.signedInProxy(verifier, options), TypeError)
  }
  assert.throws(() => forExpress.signedIn(verifier, { signIn: 'https://example.org' } as object), TypeError)
})

test('node: the metadata of an API is public, and nothing else is served without a token', async () => {
  const ask = await servers.node?.(withDouble().verifier)
  const found = await ask?.('/.well-known/oauth-protected-resource/mcp')
  assert.deepEqual([found?.status, JSON.parse(found?.text ?? '')], [200, resource.metadata])
  assert.equal(found?.headers['access-control-allow-origin'], '*')
  assert.equal((await ask?.('/.well-known/oauth-protected-resource'))?.status, 401)
})

test('the metadata of an API is at the path derived from its URL', () => {
  const pathOf = (url: string) =>
    protectedResource({ resource: url, issuer: 'https://a.example' }).metadataUrl
  assert.equal(pathOf('https://b.example'), 'https://b.example/.well-known/oauth-protected-resource')
  assert.equal(pathOf('https://b.example/'), 'https://b.example/.well-known/oauth-protected-resource')
  assert.equal(pathOf('https://b.example/x/y'), 'https://b.example/.well-known/oauth-protected-resource/x/y')
  for (const wrong of [
    '',
    '/mcp',
    'ftp://b.example',
    'https://b.example/#x',
    'https://',
    undefined as never,
  ]) {
    assert.throws(() => pathOf(wrong), TypeError, String(wrong))
    assert.throws(() => protectedResource({ resource: 'https://b.example', issuer: wrong }), TypeError)
  }
})

function withDouble() {
  const sigil = new SigilDouble()
  return { sigil, verifier: sigil.verifier() }
}

async function listening(listener: RequestListener): Promise<Asks> {
  const server = createServer(listener).listen(0)
  await once(server, 'listening')
  after(() => server.close())
  return asking(server.address())
}

/** Unlike `fetch`, this can send a header twice. */
function asking(address: unknown): Asks {
  const { port } = address as { port: number }
  return async (path, headers = {}) => {
    const call = request({ port, path, agent: false })
    for (const [name, value] of Object.entries(headers)) {
      call.setHeader(name, value)
    }
    call.end()
    const [answer] = (await once(call, 'response')) as [IncomingMessage]
    const chunks = await answer.setEncoding('utf8').toArray()
    return { status: answer.statusCode ?? 0, headers: answer.headers, text: chunks.join('') }
  }
}
