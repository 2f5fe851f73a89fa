import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'

export type Answered = { readonly status: number; readonly body: Readonly<Record<string, unknown>> }

export type Sent = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly bearer?: string | undefined
  readonly json?: unknown
  readonly patienceMs?: number
}

const agent = new Agent({ keepAlive: true, maxFreeSockets: 256 })

/**
 * A call while things break, over connections that stay open. Undefined where no answer came: what was asked
 * for may be done all the same, now or later. Tests call through `test/support/client.ts`, where a lost
 * answer fails the test, and every other one is held against the OpenAPI document.
 */
export function ask(url: string, sent: Sent): Promise<Answered | undefined> {
  const { method, path, bearer, json, patienceMs = 8000 } = sent
  const body = json === undefined ? undefined : Buffer.from(JSON.stringify(json))
  const headers = {
    ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': body.length }),
  }
  return new Promise((resolve) => {
    const call = request(url + path, { method, headers, agent }, (response) => {
      text(response)
        .then((said) => ({ status: response.statusCode ?? 0, body: said === '' ? {} : JSON.parse(said) }))
        .then(resolve, () => resolve(undefined))
        .finally(() => clearTimeout(timer))
    })
    const timer = setTimeout(() => call.destroy(), patienceMs)
    call.on('error', () => {
      clearTimeout(timer)
      resolve(undefined)
    })
    call.end(body)
  })
}
