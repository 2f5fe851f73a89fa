import { createHash } from 'node:crypto'
import { proofAlgs } from '#src/oidc/proof-algs.ts'
import { useOnce } from '#src/oidc/use-once.ts'
import type { World } from '#src/world/world.ts'

/** The maximum age of a proof, and how far ahead the client's clock may be. */
const windowSeconds = 5 * 60

type Presented = {
  readonly proof: string
  readonly method: string
  readonly path: string
  /** The access token that is sent with the proof, where one is. */
  readonly accessToken?: string
  /** The algorithms of a profile; by default all supported ones. */
  readonly algs?: readonly string[]
}

/**
 * RFC 9449 section 4.3: the thumbprint of the key that a client proves for this request. Undefined if the
 * proof is invalid or was used before: of twenty parallel uses exactly one is accepted.
 */
export async function provenKey(
  world: World,
  { proof, method, path, accessToken, algs = proofAlgs }: Presented,
): Promise<string | undefined> {
  const { jwtVerify, EmbeddedJWK, calculateJwkThumbprint } = await import('jose')
  const options = { algorithms: [...algs], typ: 'dpop+jwt' }
  const currentDate = new Date(world.clock.now())
  const verified = await jwtVerify(proof, EmbeddedJWK, { ...options, currentDate }).catch(() => undefined)
  const { jwk } = verified?.protectedHeader ?? {}
  if (!verified || !jwk) return undefined
  const { htm, htu, iat, jti, ath } = verified.payload
  const age = world.clock.now() / 1000 - (iat ?? Number.NaN)
  const isFresh = Math.abs(age) <= windowSeconds
  const isOfRequest = htm === method && isSameUrl(htu, world.settings.publicUrl + path)
  const isOfToken = ath === (accessToken === undefined ? undefined : hashOf(accessToken))
  const isUsable = isFresh && isOfRequest && isOfToken && typeof jti === 'string' && jti !== ''
  if (!isUsable || iat === undefined) return undefined
  const thumbprint = await calculateJwkThumbprint(jwk)
  const isFirst = await useOnce(world, { of: `dpop ${thumbprint}`, jti, until: iat + 2 * windowSeconds })
  return isFirst ? thumbprint : undefined
}

/** RFC 9449 section 4.3, step 9: without query and fragment. */
function isSameUrl(htu: unknown, url: string): boolean {
  const sent = typeof htu === 'string' ? URL.parse(htu) : null
  return sent !== null && sent.origin + sent.pathname === url
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}
