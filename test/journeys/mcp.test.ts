import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js'
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client as McpClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { makeRegistrationToken } from '#src/apps/register-app.ts'
import { byCli } from '#src/audit/by.ts'
import { addVerifier } from '#src/revocations/verifier-keys.ts'
import { answerToApp, claimsIn, registerApi } from '#test/support/app-sign-in.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { serveClientDocument } from '#test/support/client-document.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { arrivedOnPage } from '#test/support/forms.ts'
import { freePort } from '#test/support/free-port.ts'
import { blocksOf } from '#test/support/guides.ts'
import { goodPassword, sessionIn, signIn } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'
import { type Installed, installed, withExamples } from '../../sdk/verify/test/support/packed.ts'

const redirectUrl = 'http://127.0.0.1:41414/callback'

/** The state of an MCP client between its steps. */
class Remembered implements OAuthClientProvider {
  readonly redirectUrl = redirectUrl
  readonly clientMetadata = {
    client_name: 'Agent',
    redirect_uris: [redirectUrl],
    token_endpoint_auth_method: 'none',
  }
  asked: URL | undefined
  client: { client_id: string } | undefined
  #tokens: Awaited<ReturnType<OAuthClientProvider['tokens']>>
  #verifier = ''

  constructor(clientId?: string) {
    this.client = clientId === undefined ? undefined : { client_id: clientId }
  }

  clientInformation = () => this.client
  saveClientInformation = (client: { client_id: string }) => {
    this.client = client
  }
  tokens = () => this.#tokens
  saveTokens = (tokens: NonNullable<Awaited<ReturnType<OAuthClientProvider['tokens']>>>) => {
    this.#tokens = tokens
  }
  redirectToAuthorization = (url: URL) => {
    this.asked = url
  }
  saveCodeVerifier = (verifier: string) => {
    this.#verifier = verifier
  }
  codeVerifier = () => this.#verifier
  invalidateCredentials = () => {
    this.#tokens = undefined
  }
}

describe('the example of an MCP server, with the official client', () => {
  let consumer: Installed
  let program = ''

  before(async () => {
    consumer = await installed()
    program = join(withExamples(consumer), 'mcp/server.mjs')
  })
  after(() => consumer.remove())

  test('the client signs in by its metadata document, calls a tool, and loses access at once', async () => {
    const at = await running(program)
    const served = await serveClientDocument()
    const provider = new Remembered(served.url)
    const { client, email } = await connected(at, provider)
    assert.match(provider.asked?.searchParams.get('resource') ?? '', /\/mcp$/)
    assert.match(provider.asked?.searchParams.get('scope') ?? '', /notes:read/)
    const result = await client.callTool({ name: 'whoami' })
    const token = provider.tokens()?.access_token ?? ''
    assert.deepEqual(result.content, [{ type: 'text', text: claimsIn(token).sub }])

    const me = clientAt(at.sigil.url)
    const { access_token: bearer } = sessionIn(await signIn(me, { email, password: goodPassword }))
    const gone = await me.delete(`/api/v1/me/apps/${encodeURIComponent(served.url)}`, { bearer })
    assert.equal(gone.status, 204, gone.text)
    const cut = await fetch(at.resource, { method: 'POST', headers: { authorization: `Bearer ${token}` } })
    assert.equal(cut.status, 401)
    await assert.rejects(client.callTool({ name: 'whoami' }), UnauthorizedError)
  })

  test('the client registers itself with a registration token, and signs in', async () => {
    const at = await running(program)
    const made = await makeRegistrationToken(at.sigil.world, { lifetimeMs: 60_000, uses: 1, by: byCli })
    const provider = new Remembered()
    const { client } = await connected(at, provider, made.token)
    assert.match(provider.client?.client_id ?? '', /^app_/)
    assert.deepEqual(
      (await client.listTools()).tools.map(({ name }) => name),
      ['whoami'],
    )
  })

  test('a request without a token is pointed to the metadata of the server', async () => {
    const at = await running(program)
    const refused = await fetch(at.resource, { method: 'POST' })
    const metadataUrl = at.resource.replace('/mcp', '/.well-known/oauth-protected-resource/mcp')
    assert.equal(
      refused.headers.get('www-authenticate'),
      `Bearer scope="notes:read", resource_metadata="${metadataUrl}"`,
    )
    const metadata = await (await fetch(metadataUrl)).json()
    assert.deepEqual(metadata, {
      resource: at.resource,
      authorization_servers: [at.sigil.world.settings.publicUrl],
      bearer_methods_supported: ['header'],
      scopes_supported: ['notes:read'],
    })
  })
})

async function running(program: string) {
  const sigil = await startServer(await freshDatabaseUrl('sqlite'))
  const port = await freePort()
  const resource = `http://localhost:${port}/mcp`
  const scopes = { 'notes:read': 'Read your notes' }
  const api = await registerApi(sigil.world, scopes, { isOpen: true, audience: resource })
  const added = await addVerifier(sigil.world, { name: 'notes', apiId: api.id, by: byCli })
  const env = {
    SIGIL_ISSUER: sigil.world.settings.publicUrl,
    SIGIL_VERIFIER_KEY: added?.key,
    PORT: `${port}`,
  }
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return { sigil, resource }
}

test('the guide to MCP contains the whole program', () => {
  const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
  const [block] = blocksOf(read('docs/guides/mcp.md')).filter(({ language }) => language === 'js')
  assert.equal(block?.text, read('examples/mcp/server.mjs'))
})

/** Connects, which fails with a URL to visit; visits it, and connects again. */
async function connected(at: Awaited<ReturnType<typeof running>>, provider: Remembered, token?: string) {
  const { sigil, resource } = at
  const withToken: typeof fetch = (url, init) => {
    if (!String(url).endsWith('/oauth/register')) return fetch(url, init)
    const headers = { ...Object.fromEntries(new Headers(init?.headers)), authorization: `Bearer ${token}` }
    return fetch(url, { ...init, headers })
  }
  const options = { authProvider: provider, fetch: withToken }
  const transport = new StreamableHTTPClientTransport(new URL(resource), options)
  const client = new McpClient({ name: 'agent', version: '1.0.0' })
  await assert.rejects(client.connect(transport), UnauthorizedError)
  const browser = browserAt(sigil.url)
  const email = await arrivedOnPage(browser)
  assert.ok(provider.asked)
  const app = { id: provider.client?.client_id ?? '', secret: undefined, redirectUri: redirectUrl }
  const answer = await answerToApp(browser, provider.asked.pathname + provider.asked.search, app)
  await transport.finishAuth(answer.get('code') ?? '')
  const again = new McpClient({ name: 'agent', version: '1.0.0' })
  await again.connect(new StreamableHTTPClientTransport(new URL(resource), options))
  after(() => again.close())
  return { client: again, email }
}
