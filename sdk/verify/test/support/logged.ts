import assert from 'node:assert/strict'
import { type Verifier, type VerifierOptions, VerifyError } from '../../src/verify.ts'
import { SigilDouble } from './sigil-double.ts'

/** A verifier that holds a lease of a double. */
export async function held(options: Partial<VerifierOptions> = {}) {
  const sigil = new SigilDouble()
  const verifier = sigil.verifier(options)
  await verifier.ready()
  return { sigil, verifier }
}

/** `good`, or the code of its no; the same now and later, where it can be said now. */
export async function codeOf(
  verifier: Verifier,
  presented: Parameters<Verifier['verify']>[0],
): Promise<string> {
  const later = await verifier.verify(presented).then(() => 'good', codeIn)
  // What is said at once is the same wherever it can be said at once.
  if (verifier.state().lease === 'held') {
    let atOnce = 'good'
    try {
      verifier.verifySync(presented)
    } catch (error) {
      atOnce = codeIn(error)
    }
    if (atOnce !== 'unavailable') assert.equal(atOnce, later)
  }
  return later
}

function codeIn(error: unknown): string {
  if (!(error instanceof VerifyError)) throw error
  assert.equal(error.status, error.code === 'unavailable' || error.code === 'closed' ? 503 : 401)
  return error.code
}
