import { Agent, request } from 'node:http'

export type Reply = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Readonly<Record<string, unknown>>
}

/**
 * A client with little overhead: keep-alive connections, only JSON parsed, and no comparison with the OpenAPI
 * document. Tests use `test/support/client.ts`.
 */
export function apiOf(url: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 })
  const call = (method: string, path: string, body?: object, token?: string) => {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
    if (!body) return exchange(method, path, undefined, authorization)
    return exchange(method, path, JSON.stringify(body), {
      ...authorization,
      'content-type': 'application/json',
    })
  }
  const exchange = (method: string, path: string, sent: string | undefined, more: Record<string, string>) =>
    new Promise<Reply>((resolve, reject) => {
      const headers = { ...more, ...(sent === undefined ? {} : { 'content-length': sent.length }) }
      const outgoing = request(`${url}${path}`, { method, agent, headers }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk
        })
        response.on('end', () => {
          const parsed = text === '' ? {} : JSON.parse(text)
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parsed })
        })
      })
      outgoing.on('error', reject)
      outgoing.end(sent)
    })
  return {
    get: (path: string, token?: string) => call('GET', path, undefined, token),
    post: (path: string, body: object, token?: string) => call('POST', path, body, token),
    patch: (path: string, body: object, token?: string) => call('PATCH', path, body, token),
    /** A form, as apps send it with their id and secret. */
    form: (path: string, fields: Record<string, string>, authorization: string) =>
      exchange('POST', path, new URLSearchParams(fields).toString(), { ...formType, authorization }),
    close: () => agent.destroy(),
  }
}

const formType = { 'content-type': 'application/x-www-form-urlencoded' }

export type Api = ReturnType<typeof apiOf>

export const password = 'plum tarot window 42'

export async function signedUp(api: Api, email: string): Promise<void> {
  const { status } = await api.post('/api/v1/auth/signup', { email, password })
  if (status !== 201) throw new Error(`Sign-up answered ${status}`)
}

export async function signedIn(api: Api, login: string): Promise<{ access: string; refresh: string }> {
  const { status, body } = await api.post('/api/v1/auth/signin', { login, password })
  if (status !== 200) throw new Error(`Sign-in answered ${status}`)
  return { access: String(body.access_token), refresh: String(body.refresh_token) }
}
