import { createHash } from 'node:crypto'
import { normalizePassword } from '#src/credentials/passwords/password.ts'
import { callOutside, outgoingPolicy } from '#src/http/outgoing.ts'
import type { World } from '#src/world/world.ts'

/** A sign-in waits no longer than this for the service. */
const maxMs = 1500

/**
 * Whether a password is known from leaks, by a service that is asked with k-anonymity: it gets five of the 40
 * characters of the SHA-1 hash and answers with all hashes that begin so. False where there is no service. A
 * service that does not answer is logged and counted, and stops nobody.
 */
export async function isLeaked(world: World, password: string): Promise<boolean> {
  const { settings, metrics, log } = world
  const { leakedPasswordsUrl } = settings
  if (leakedPasswordsUrl === undefined) return false
  const hash = createHash('sha1').update(normalizePassword(password)).digest('hex').toUpperCase()
  const count = (outcome: 'clean' | 'leaked' | 'failed') =>
    metrics.count('sigil_leak_checks_total', { outcome })
  try {
    // With padding, the length of the answer does not tell which part of the hashes was asked for.
    const policy = { ...outgoingPolicy(settings), maxMs }
    const headers = { 'add-padding': 'true' }
    const response = await callOutside(policy, leakedPasswordsUrl + hash.slice(0, 5), { headers })
    if (response.status !== 200) throw new Error(`The service answered ${response.status}`)
    const isFound = isListed(await response.text(), hash.slice(5))
    count(isFound ? 'leaked' : 'clean')
    return isFound
  } catch (error) {
    count('failed')
    log.warn({ error }, 'SIGIL_LEAKED_PASSWORDS_URL did not answer: the password was not checked')
    return false
  }
}

/** Lines of `REST:COUNT`; padding has the count 0. */
function isListed(answer: string, rest: string): boolean {
  return answer.split(/\r?\n/).some((line) => {
    const [suffix, count] = line.split(':')
    return suffix?.toUpperCase() === rest && Number(count) > 0
  })
}
