import assert from 'node:assert/strict'
import type { NewApp } from '#src/apps/add-app.ts'
import {
  type AppTokens,
  authorizePath,
  exchange,
  locationOf,
  newPkce,
  registerApp,
  type TestApp,
  tokenCall,
  tokensIn,
} from '#test/support/app-sign-in.ts'
import { browserAt, type Client, clientAt, type Reply } from '#test/support/client.ts'
import { arrivedOnPage, sendForm } from '#test/support/forms.ts'
import { goodPassword } from '#test/support/people.ts'
import type { TestServer } from '#test/support/server.ts'

type Fields = Readonly<Record<string, string>>

/** An app as the conformance suite of the OpenID Foundation plays it, with a browser. */
export type RelyingParty = {
  readonly server: TestServer
  readonly app: TestApp
  readonly browser: Client
  readonly client: Client
  readonly email: string
  /** The path of a request; an empty text leaves a parameter out. */
  request(more?: Fields): string
  /**
   * Sends the browser there, and returns what arrives at the app. The user consents, and authenticates if
   * required.
   */
  answer(more?: Fields, browser?: Client): Promise<URLSearchParams>
  /** From a code to tokens. */
  redeem(answer: URLSearchParams): Promise<AppTokens>
  tokens(more?: Fields): Promise<AppTokens>
  /** The claims that userinfo returns. */
  userinfo(tokens: AppTokens): Promise<Record<string, unknown>>
  refresh(refresh_token: string): Promise<Reply>
}

/** A web app with a secret that does not use PKCE, as the Basic profile of OpenID has it. */
export async function relyingParty(
  server: TestServer,
  { mode = '', ...more }: Partial<NewApp> & { mode?: string } = {},
): Promise<RelyingParty> {
  const app = await registerApp(server.world, { isPkceOptional: true, ...more })
  const [browser, client] = [browserAt(server.url), clientAt(server.url)]
  const email = await arrivedOnPage(browser, { full_name: 'Ada Lovelace' })
  const plain = { code_challenge: '', code_challenge_method: '', response_mode: mode, nonce: 'of the app' }
  const request = (fields: Fields = {}) => authorizePath(app, newPkce(), { ...plain, ...fields })
  const party: RelyingParty = {
    ...{ server, app, browser, client, email, request },
    answer: (fields, by = browser) => arrived(by, request(fields), app),
    async redeem(answer) {
      const reply = await exchange(client, app, { code: answer.get('code') ?? '' })
      assert.equal(reply.status, 200, `${answer} ${reply.text}`)
      return tokensIn(reply)
    },
    tokens: async (fields) => party.redeem(await party.answer(fields)),
    async userinfo({ access_token: bearer }) {
      return (await client.get('/oauth/userinfo', { bearer })).body as unknown as Record<string, unknown>
    },
    refresh: (refresh_token) => tokenCall(client, app, { grant_type: 'refresh_token', refresh_token }),
  }
  return party
}

/** Follows a browser to the app, by a redirect or by the form that is posted there. */
export async function arrived(browser: Client, path: string, app: TestApp): Promise<URLSearchParams> {
  let reply = await browser.get(path)
  for (let hops = 0; hops < 8; hops++) {
    const posted = /<form method="post" action="([^"]*)" data-send>(.*?)<\/form>/s.exec(reply.text)
    if (posted) {
      assert.equal(posted[1], app.redirectUri)
      return new URLSearchParams([...fieldsIn(posted[2] ?? '')])
    }
    const location = locationOf(reply)
    if (location.startsWith(app.redirectUri)) return new URL(location).searchParams
    reply = await nextReply(browser, location)
  }
  assert.fail(`The browser does not arrive at the app, but at ${reply.status} ${reply.text.slice(0, 300)}`)
}

async function nextReply(browser: Client, location: string): Promise<Reply> {
  const query = new URLSearchParams(location.split('?')[1])
  const next = query.get('next') ?? ''
  if (location.startsWith('/consent/')) return sendForm(browser, location, { decision: 'allow' })
  if (!location.startsWith('/account/confirm?')) return browser.get(location)
  return sendForm(browser, '/account/confirm', { method: 'password', password: goodPassword, next })
}

function fieldsIn(form: string): [string, string][] {
  return [...form.matchAll(/name="([^"]*)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [
    name,
    value.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'),
  ])
}
