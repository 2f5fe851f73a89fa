import { once } from 'node:events'
import type { VerifierState } from '../../src/verify.ts'

/** Lets a test wait for a change of the lease. */
export function leaseSignal() {
  const target = new EventTarget()
  const onState = ({ lease }: VerifierState) => target.dispatchEvent(new Event(lease))
  return { onState, next: (lease: VerifierState['lease']) => once(target, lease) }
}
