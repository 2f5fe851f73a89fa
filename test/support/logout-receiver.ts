import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose'

/** An app that receives logout tokens on this machine. */
export type LogoutReceiver = {
  readonly uri: string
  /** The logout tokens that arrived, in order. */
  readonly tokens: readonly string[]
  /** The `traceparent` and `tracestate` that they arrived with. */
  readonly traces: readonly (readonly unknown[])[]
  /** The response from now on. */
  status: number
  /** Resolves once this many tokens have arrived in total. */
  arrived(count: number): Promise<void>
  goDown(): Promise<void>
  comeUp(): Promise<void>
}

/** Stopped when the running test ends. */
export async function startLogoutReceiver(): Promise<LogoutReceiver> {
  const receiver = new Receiver()
  await receiver.comeUp()
  after(() => receiver.goDown())
  return receiver
}

class Receiver implements LogoutReceiver {
  readonly tokens: string[] = []
  readonly traces: unknown[][] = []
  status = 200
  #server: Server | undefined
  #port = 0
  #waiting: (() => void)[] = []

  get uri(): string {
    return `http://127.0.0.1:${this.#port}/logout`
  }

  async arrived(count: number): Promise<void> {
    while (this.tokens.length < count) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve)
      })
    }
  }

  async comeUp(): Promise<void> {
    this.#server = createServer(async (request, response) => {
      let body = ''
      for await (const piece of request) body += piece
      this.traces.push([request.headers.traceparent, request.headers.tracestate])
      this.tokens.push(new URLSearchParams(body).get('logout_token') ?? '')
      response.writeHead(this.status, { location: 'http://127.0.0.1:1/' }).end()
      for (const wake of this.#waiting.splice(0)) wake()
    }).listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  async goDown(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    server?.closeAllConnections()
    if (server) await new Promise((resolve) => server.close(resolve))
  }
}

/** Checks a logout token as OpenID Connect Back-Channel Logout section 2.6 demands of apps. */
export async function checkedLogoutToken(
  token: string,
  { serverUrl, issuer, audience }: { serverUrl: string; issuer: string; audience: string },
): Promise<JWTPayload> {
  const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', serverUrl))
  const { payload } = await jwtVerify(token, keys, { issuer, audience, typ: 'logout+jwt' })
  assert.deepEqual(payload.events, { 'http://schemas.openid.net/event/backchannel-logout': {} })
  assert.equal(payload.nonce, undefined)
  assert.ok(payload.iat && payload.exp && payload.exp - payload.iat <= 120 && payload.jti)
  return payload
}
