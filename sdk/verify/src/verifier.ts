import { MemoryVerifier } from './memory-verifier.ts'
import type { VerifierOptions, VerifierState } from './options.ts'
import type { ProvenRequest, RequestLike } from './presented.ts'
import type { VerifiedToken } from './token.ts'

/**
 * Checks access tokens in the process that uses them.
 *
 * @example
 * const verifier = createVerifier({ issuer, audience: issuer, key: process.env.SIGIL_VERIFIER_KEY ?? '' })
 * await verifier.ready()
 * const { userId } = await verifier.verify(request)
 * verifier.close()
 */
export type Verifier = {
  /**
   * Returns the token if it is valid, or throws a `VerifyError` with the reason. From a request it takes
   * `Authorization: Bearer`, otherwise the cookie. With a lease, this needs memory only; without one, the
   * option `stale` applies.
   *
   * A token that is bound to a key (DPoP, RFC 9449) is accepted only with its request, whose proof is
   * checked. Each proof is accepted once by this process.
   *
   * @example
   * const token = await verifier.verify(request)
   * const bound = await verifier.verify(request, { method: 'GET', url: 'https://api.example.com/notes' })
   * if (!token.roles.includes('admin')) return new Response('No', { status: 403 })
   */
  verify(presented: string | RequestLike, request?: ProvenRequest): Promise<VerifiedToken>
  /**
   * The same, synchronously. Throws `unavailable` if that would need the network or a promise: without a
   * lease, with an unknown key, and for a token seen for the first time in a runtime without `node:crypto`.
   *
   * @example
   * socket.on('message', () => verifier.verifySync(token))
   */
  verifySync(presented: string | RequestLike): VerifiedToken
  /**
   * Resolves when tokens can be checked in memory: the keys are loaded and a lease is held. Rejects with a
   * `VerifyError` if the issuer, the audience or the verifier key is wrong (`misconfigured`, the message says
   * which) or if the verifier is closed (`closed`). While the server is unreachable it waits and logs why.
   *
   * @example
   * await verifier.ready()
   * server.listen(3000)
   */
  ready(): Promise<void>
  /**
   * The state of this verifier. Makes no request.
   *
   * @example
   * app.get('/readyz', (_, response) => response.sendStatus(verifier.state().lease === 'held' ? 204 : 503))
   */
  state(): VerifierState
  /**
   * Stops polling, so that the process can end. Every later `verify` throws `closed`. The server waits once
   * for the rest of the lease.
   *
   * @example
   * process.once('SIGTERM', () => verifier.close())
   */
  close(): void
}

/**
 * Creates a verifier. It makes no request before the first `ready()`, `verify()` or `verifySync()`; from then
 * on it polls until it is closed. Throws a `TypeError` if an option is missing or wrong.
 *
 * @example
 * const verifier = createVerifier({
 *   issuer: 'https://auth.example.org',
 *   audience: 'https://auth.example.org',
 *   key: process.env.SIGIL_VERIFIER_KEY ?? '',
 * })
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const verifier = new MemoryVerifier(options)
  return {
    verify: (presented, request) => verifier.verify(presented, request),
    verifySync: (presented) => verifier.verifySync(presented),
    ready: () => verifier.ready(),
    state: () => verifier.state(),
    close: () => verifier.close(),
  }
}
