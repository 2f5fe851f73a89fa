import { MemoryVerifier } from './memory-verifier.ts'
import type { VerifierOptions, VerifierState } from './options.ts'
import type { RequestLike } from './presented.ts'
import type { VerifiedToken } from './token.ts'

/**
 * Judges access tokens where they are used.
 *
 * @example
 * const verifier = createVerifier({ issuer, audience: issuer, key: process.env.SIGIL_VERIFIER_KEY ?? '' })
 * await verifier.ready()
 * const { userId } = await verifier.verify(request)
 * verifier.close()
 */
export type Verifier = {
  /**
   * Gives what the token says, or throws a `VerifyError` that says why it is not good. A request is looked at
   * for `Authorization: Bearer`, then for the cookie. With a lease it is answered from memory; without one as
   * the option `stale` says.
   *
   * @example
   * const token = await verifier.verify(request)
   * if (!token.roles.includes('admin')) return new Response('No', { status: 403 })
   */
  verify(presented: string | RequestLike): Promise<VerifiedToken>
  /**
   * The same, at once. Throws `unavailable` where somebody would have to be asked: without a lease, with a
   * key that is not here yet, and for a token seen for the first time in a runtime without `node:crypto`.
   *
   * @example
   * socket.on('message', () => verifier.verifySync(token))
   */
  verifySync(presented: string | RequestLike): VerifiedToken
  /**
   * Resolves when tokens can be judged in memory: the keys are here and a lease is held. Rejects with a
   * `VerifyError` where the server refuses the verifier key (`unavailable`) or the verifier is closed
   * (`closed`); it goes on waiting while the server is merely away.
   *
   * @example
   * await verifier.ready()
   * server.listen(3000)
   */
  ready(): Promise<void>
  /**
   * What it knows of itself. Reads clocks, asks nobody.
   *
   * @example
   * app.get('/readyz', (_, response) => response.sendStatus(verifier.state().lease === 'held' ? 204 : 503))
   */
  state(): VerifierState
  /**
   * Stops polling, so that the process can end. Every later `verify` throws `closed`. The server waits out
   * what is left of the lease once.
   *
   * @example
   * process.once('SIGTERM', () => verifier.close())
   */
  close(): void
}

/**
 * Makes a verifier. Nothing is asked of the network before the first `ready()`, `verify()` or `verifySync()`;
 * from then on it polls until it is closed. Throws a `TypeError` where an option is missing or wrong.
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
    verify: (presented) => verifier.verify(presented),
    verifySync: (presented) => verifier.verifySync(presented),
    ready: () => verifier.ready(),
    state: () => verifier.state(),
    close: () => verifier.close(),
  }
}
