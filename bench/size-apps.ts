import { median } from '#bench/measure.ts'
import { type Seeded, signedInBrowser } from '#bench/seeded.ts'
import { authorizePath, newPkce, type TestApp } from '#test/support/app-sign-in.ts'
import type { Client } from '#test/support/client.ts'

const perRound = 24

/** Milliseconds of what users and their apps do, one call after another; the median of some users each. */
export async function appTimes(seeded: Seeded): Promise<Record<string, number>> {
  const [app] = seeded.apps
  if (!app) throw new Error('The database has no app')
  const times = new Map<string, number[]>()
  const timed = async <T>(name: string, act: () => Promise<T>): Promise<T> => {
    const began = performance.now()
    const result = await act()
    times.set(name, [...(times.get(name) ?? []), performance.now() - began])
    return result
  }
  for (const login of seeded.emails(perRound)) {
    const browser = await signedInBrowser(seeded, login)
    const { challenge, verifier } = newPkce()
    const scope = { scope: 'openid email offline_access' }
    const path = authorizePath(app, { challenge, verifier }, scope)
    const code = await timed('authorize, with a grant', () => codeFor(seeded, browser, path))
    const exchange = { grant_type: 'authorization_code', redirect_uri: app.redirectUri, code }
    const { refresh_token } = await timed('code exchange', () =>
      tokens(seeded, app, { ...exchange, code_verifier: verifier }),
    )
    await timed('refresh grant', () =>
      tokens(seeded, app, { grant_type: 'refresh_token', refresh_token: refresh_token ?? '' }),
    )
    for (const page of ['/account', '/account/apps', '/account/history', '/account/devices'])
      await timed(page, () => view(seeded, browser, page))
  }
  return Object.fromEntries([...times].map(([name, all]) => [name, median(all)]))
}

/** Without the comparisons of the client of the tests, whose time would hide what is measured. */
function send({ url }: Seeded, browser: Client, path: string): Promise<Response> {
  return fetch(`${url}${path}`, {
    redirect: 'manual',
    headers: { cookie: browser.jar.headerFor(path) ?? '' },
  })
}

async function codeFor(seeded: Seeded, browser: Client, path: string): Promise<string> {
  const reply = await send(seeded, browser, path)
  for (const cookie of reply.headers.getSetCookie()) browser.jar.keep(cookie)
  const refreshed = reply.headers.get('refresh')?.replace('0; url=', '')
  const location = reply.headers.get('location') ?? refreshed ?? ''
  await reply.text()
  if (location.startsWith('/')) return codeFor(seeded, browser, location)
  const code = location === '' ? null : new URL(location, seeded.url).searchParams.get('code')
  if (code === null) throw new Error(`The app got no code: ${reply.status} ${location}`)
  return code
}

type Tokens = { readonly refresh_token?: string }

async function tokens({ url }: Seeded, app: TestApp, fields: Record<string, string>): Promise<Tokens> {
  const basic = Buffer.from(`${app.id}:${app.secret}`).toString('base64')
  const reply = await fetch(`${url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers: { authorization: `Basic ${basic}` },
  })
  const body = (await reply.json()) as Tokens
  if (reply.status !== 200) throw new Error(`The token endpoint answered ${reply.status}`)
  return body
}

export async function view(seeded: Seeded, browser: Client, path: string): Promise<void> {
  const reply = await send(seeded, browser, path)
  const text = await reply.text()
  if (reply.status !== 200) throw new Error(`${path} answered ${reply.status}: ${text.slice(0, 300)}`)
}
