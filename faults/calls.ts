import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { text } from 'node:stream/consumers'

export type Answered = {
  readonly status: number
  /** Empty unless the answer is JSON. */
  readonly body: Readonly<Record<string, unknown>>
  readonly headers: IncomingHttpHeaders
}

export type Sent = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly bearer?: string | undefined
  readonly json?: unknown
  readonly form?: Readonly<Record<string, string>> | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly patienceMs?: number
}

const agent = new Agent({ keepAlive: true, maxFreeSockets: 256 })

/**
 * A call during faults, over persistent connections. Undefined without a response: the request may still be
 * executed, now or later. Tests use `test/support/client.ts` instead, where a lost response fails the test,
 * and every response is compared with the OpenAPI document.
 */
export function ask(url: string, sent: Sent): Promise<Answered | undefined> {
  const { method, path, bearer, patienceMs = 8000 } = sent
  const { body, type } = bodyOf(sent)
  const headers = {
    ...sent.headers,
    ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    ...(body === undefined ? {} : { 'content-type': type, 'content-length': body.length }),
  }
  return new Promise((resolve) => {
    const call = request(url + path, { method, headers, agent }, (response) => {
      text(response)
        .then((said) => {
          const isJson = /json/.test(response.headers['content-type'] ?? '') && said !== ''
          const { statusCode: status = 0, headers } = response
          return { status, headers, body: isJson ? JSON.parse(said) : {} }
        })
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

function bodyOf({ json, form }: Sent): { body: Buffer | undefined; type: string } {
  if (form !== undefined) {
    return {
      body: Buffer.from(new URLSearchParams(form).toString()),
      type: 'application/x-www-form-urlencoded',
    }
  }
  return {
    body: json === undefined ? undefined : Buffer.from(JSON.stringify(json)),
    type: 'application/json',
  }
}
