import assert from 'node:assert/strict'
import { decodeJwt } from '#src/tokens/jwt.ts'
import { assertDocumented } from '#test/support/documented.ts'

export type Answered = { readonly status: number; readonly body: Readonly<Record<string, unknown>> }

/** What a sign-in or a refresh hands out. */
export type Pair = { readonly access: string; readonly refresh: string; readonly sessionId: string }

export const password = 'a battery of correct horses'

export async function send(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  url: string,
  { token, body }: { token?: string | undefined; body?: unknown } = {},
): Promise<Answered> {
  const answer = await fetch(url, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  const headers = Object.fromEntries(answer.headers)
  assertDocumented(method, new URL(url).pathname, { status: answer.status, headers, text })
  return { status: answer.status, body: text === '' ? {} : JSON.parse(text) }
}

const auth = (node: string, what: string) => `${node}/api/v1/auth/${what}`

export function signUp(node: string, person: { email: string; username?: string }): Promise<Answered> {
  return send('POST', auth(node, 'signup'), { body: { password, ...person } })
}

export function trySignIn(node: string, login: string, secret = password): Promise<Answered> {
  return send('POST', auth(node, 'signin'), { body: { login, password: secret } })
}

export async function signIn(node: string, login: string, secret = password): Promise<Pair> {
  return pairIn(await trySignIn(node, login, secret))
}

export function tryRefresh(node: string, token: string): Promise<Answered> {
  return send('POST', auth(node, 'refresh'), { body: { refresh_token: token } })
}

export async function refresh(node: string, token: string): Promise<Pair> {
  return pairIn(await tryRefresh(node, token))
}

export function logOut(node: string, token: string): Promise<Answered> {
  return send('POST', auth(node, 'logout'), { token })
}

export function logOutAll(node: string, token: string): Promise<Answered> {
  return send('POST', auth(node, 'logout_all'), { token })
}

/** Whether the node accepts the access token right now. "Cannot tell" is no answer, and fails the test. */
export async function accepts(node: string, token: string): Promise<boolean> {
  const { status, body } = await send('POST', auth(node, 'verify'), { body: { token } })
  assert.equal(status, 200, JSON.stringify(body))
  return body.access === true
}

export function pairIn({ status, body }: Answered): Pair {
  assert.equal(status, 200, JSON.stringify(body))
  return {
    access: String(body.access_token),
    refresh: String(body.refresh_token),
    sessionId: String(body.session_id),
  }
}

/** What an access token says, unchecked: the user's signature from its header, and its claims. */
export function saidBy(access: string): { signature: string; claims: Readonly<Record<string, unknown>> } {
  const jwt = decodeJwt(access)
  assert.ok(jwt, access)
  return { signature: jwt.header.jti, claims: jwt.payload }
}

/** Starts `count` of something without waiting for any, and waits for all. */
export function atOnce<T>(count: number, act: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => act(index)))
}

/** How often each answer was given, as `{ '200': 1, '401 refresh_token_reused': 19 }`. */
export function tally(answers: readonly Answered[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { status, body } of answers) {
    const name = body.code === undefined ? String(status) : `${status} ${body.code}`
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}
