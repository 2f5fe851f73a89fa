import { exportJWK, importJWK, type JWK } from 'jose'
import { type ProofKey, proofOf } from '#test/support/dpop.ts'

/** A request that proves a key, and the token that is bound to the key. */
export type Proving = { readonly method: 'GET' | 'POST'; readonly url: string; readonly token?: string }

export function proofFor(
  key: Omit<ProofKey, 'thumbprint'>,
  { method, url, token }: Proving,
): Promise<string> {
  return proofOf(key, { method, url, ...(token !== undefined && { accessToken: token }) })
}

/** The key as text, for another process. */
export async function textOfKey({ privateKey }: ProofKey): Promise<string> {
  return JSON.stringify(await exportJWK(privateKey))
}

export async function keyFromText(text: string): Promise<Omit<ProofKey, 'thumbprint'>> {
  const { d, ...jwk } = JSON.parse(text) as JWK
  const privateKey = await importJWK({ ...jwk, d } as JWK, 'ES256')
  return { alg: 'ES256', privateKey: privateKey as ProofKey['privateKey'], jwk }
}
