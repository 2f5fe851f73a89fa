import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import type { Jwks } from '#src/apps/app.ts'

export type ClientKey = {
  readonly kid: string
  readonly alg: string
  readonly privateKey: CryptoKey
  readonly jwks: Jwks
}

/** The key pair of a client, with the key set that it registers. */
export async function newClientKey(alg = 'ES256'): Promise<ClientKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const kid = randomUUID()
  const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } as unknown
  return { kid, alg, privateKey, jwks: { keys: [jwk as Jwks['keys'][number]] } }
}

const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** The form fields of a client assertion; claims that are undefined are left out. */
export async function assertionOf(
  key: ClientKey,
  { clientId, audience }: { clientId: string; audience: string },
  more: JWTPayload = {},
): Promise<Record<string, string>> {
  const now = Math.floor(Date.now() / 1000)
  const all = { iss: clientId, sub: clientId, aud: audience, iat: now, exp: now + 60, jti: randomUUID() }
  const assertion = await new SignJWT({ ...all, ...more })
    .setProtectedHeader({ alg: key.alg, kid: key.kid })
    .sign(key.privateKey)
  return { client_assertion: assertion, client_assertion_type: jwtBearer }
}

/** Serves a key set on this machine until the test file ends. */
export async function serveKeys(first: Jwks) {
  const served = { url: '', jwks: first, reads: 0, location: undefined as string | undefined }
  const server = createServer((_request, response) => {
    served.reads++
    if (served.location === undefined) response.end(JSON.stringify(served.jwks))
    else response.writeHead(302, { location: served.location }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  after(() => server.close())
  served.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`
  return served
}
