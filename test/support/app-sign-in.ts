import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { addApi } from '#src/apps/add-api.ts'
import { addApp, type NewApp } from '#src/apps/add-app.ts'
import { emptyApp } from '#src/apps/on-wire.ts'
import { byCli } from '#src/audit/by.ts'
import type { World } from '#src/world/world.ts'
import type { Client, Reply } from '#test/support/client.ts'
import { sendForm } from '#test/support/forms.ts'

export type TestApp = {
  readonly id: string
  readonly secret: string | undefined
  readonly redirectUri: string
}

export const callback = 'https://app.example.com/callback'

/** Registers an app; a confidential web app of the operator by default. */
export async function registerApp(world: World, more: Partial<NewApp> = {}): Promise<TestApp> {
  const redirectUris = more.redirectUris ?? (more.kind === 'machine' ? [] : [callback])
  const input = { ...emptyApp, name: 'Notes', kind: 'web' as const, ...more, redirectUris, by: byCli }
  const { app, secret } = await addApp(world, input)
  return { id: app.clientId, secret, redirectUri: redirectUris[0] ?? '' }
}

/** Registers an API with a new name and audience. */
export async function registerApi(
  world: World,
  scopes: Record<string, string> = { read: 'Read notes' },
  { isOpen = false, audience }: { isOpen?: boolean; audience?: string } = {},
) {
  const name = `api-${randomBytes(4).toString('hex')}`
  const wanted = audience ?? `https://${name}.example.com`
  return addApi(world, { name, audience: wanted, scopes, isOpen, by: byCli })
}

export type Pkce = { readonly verifier: string; readonly challenge: string }

export function newPkce(): Pkce {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

/** The authorization request of an app. An empty string omits a parameter. */
export function authorizePath(app: TestApp, pkce: Pkce, more: Record<string, string> = {}): string {
  const all = {
    response_type: 'code',
    client_id: app.id,
    redirect_uri: app.redirectUri,
    scope: 'openid',
    state: 'of the app',
    code_challenge: pkce.challenge,
    code_challenge_method: 'S256',
    ...more,
  }
  const present = Object.entries(all).filter(([, value]) => value !== '')
  return `/oauth/authorize?${new URLSearchParams(present)}`
}

/** The response that an app receives at its redirect URI, from a signed-in browser. */
export async function answerToApp(browser: Client, path: string, app: TestApp): Promise<URLSearchParams> {
  let reply = await browser.get(path)
  for (let hops = 0; hops < 5; hops++) {
    const location = locationOf(reply)
    if (location.startsWith(app.redirectUri.split('?')[0] ?? '')) return parametersIn(location)
    if (location.startsWith('/consent/')) {
      assert.equal((await browser.get(location)).status, 200)
      reply = await sendForm(browser, location, { decision: 'allow' })
    } else reply = await browser.get(location)
  }
  assert.fail('The browser does not arrive at the app')
}

/** Errors of response types other than `code` travel in the fragment. */
function parametersIn(location: string): URLSearchParams {
  const { search, hash } = new URL(location)
  return new URLSearchParams(search || hash.slice(1))
}

/** The next URL of a page: a redirect, or the page that continues after a form. */
export function locationOf(reply: Reply): string {
  const refresh = reply.headers.refresh as string | undefined
  const location = reply.headers.location ?? refresh?.replace('0; url=', '')
  assert.ok(location, `${reply.status}: ${reply.text.slice(0, 500)}`)
  return location
}

export type AppTokens = {
  readonly access_token: string
  readonly refresh_token: string
  readonly id_token: string
  readonly scope: string
  readonly error: string
}

/** Calls the token endpoint as the app: with its secret, or as a public one. */
export function tokenCall(client: Client, app: TestApp, fields: Record<string, string>): Promise<Reply> {
  return formCall(client, '/oauth/token', app, fields)
}

export function formCall(
  client: Client,
  path: string,
  app: TestApp,
  fields: Record<string, string>,
  headers: Record<string, string | string[]> = {},
): Promise<Reply> {
  const form = app.secret === undefined ? { client_id: app.id, ...fields } : fields
  const basic = `Basic ${Buffer.from(`${app.id}:${app.secret}`).toString('base64')}`
  return client.send('POST', path, {
    raw: new URLSearchParams(form).toString(),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(app.secret !== undefined && { authorization: basic }),
      ...headers,
    },
  })
}

/** All steps from a signed-in browser to the tokens of an app. */
export async function tokensFor(
  browser: Client,
  client: Client,
  app: TestApp,
  more: Record<string, string> = {},
): Promise<AppTokens> {
  const pkce = newPkce()
  const answer = await answerToApp(browser, authorizePath(app, pkce, more), app)
  const code = answer.get('code')
  assert.ok(code, `${answer}`)
  const reply = await exchange(client, app, { code, code_verifier: pkce.verifier })
  assert.equal(reply.status, 200, reply.text)
  return tokensIn(reply)
}

export function exchange(client: Client, app: TestApp, fields: Record<string, string>): Promise<Reply> {
  const common = { grant_type: 'authorization_code', redirect_uri: app.redirectUri }
  return tokenCall(client, app, { ...common, ...fields })
}

export function tokensIn(reply: Reply): AppTokens {
  return reply.body as unknown as AppTokens
}

export function claimsIn(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}
