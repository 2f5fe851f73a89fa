import { once } from 'node:events'
import type { VerifierState } from '../../src/verify.ts'

/** Calls back at every change of the lease, so that a test can wait for one. */
export function leaseBell() {
  const bell = new EventTarget()
  const onState = ({ lease }: VerifierState) => bell.dispatchEvent(new Event(lease))
  return { onState, heard: (lease: VerifierState['lease']) => once(bell, lease) }
}
