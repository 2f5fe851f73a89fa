import assert from 'node:assert/strict'
import { type Verifier, type VerifierOptions, VerifyError } from '../../src/verify.ts'
import { SigilDouble } from './sigil-double.ts'

/** A verifier that holds a lease from a fake server. */
export async function held(options: Partial<VerifierOptions> = {}) {
  const sigil = new SigilDouble()
  const verifier = sigil.verifier(options)
  await verifier.ready()
  return { sigil, verifier }
}

/** `good`, or the error code. Checks that `verifySync` agrees if it can decide. */
export async function codeOf(
  verifier: Verifier,
  presented: Parameters<Verifier['verify']>[0],
): Promise<string> {
  const verdict = await verifier.verify(presented).then(() => 'good', codeIn)
  if (verifier.state().lease === 'held') {
    let inSync = 'good'
    try {
      verifier.verifySync(presented)
    } catch (error) {
      inSync = codeIn(error)
    }
    if (inSync !== 'unavailable') assert.equal(inSync, verdict)
  }
  return verdict
}

function codeIn(error: unknown): string {
  if (!(error instanceof VerifyError)) throw error
  assert.equal(error.status, error.code === 'unavailable' || error.code === 'closed' ? 503 : 401)
  return error.code
}
