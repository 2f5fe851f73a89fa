import { createHash } from 'node:crypto'
import { normalizePassword } from '#src/credentials/passwords/password.ts'
import { callOutside, outgoingPolicy } from '#src/http/outgoing.ts'
import type { World } from '#src/world/world.ts'

/** The maximum wait of a sign-in for the service. */
const maxMs = 1500

/**
 * Whether a password has appeared in leaks, according to a service with k-anonymity: it receives five of the
 * 40 characters of the SHA-1 hash and returns all hashes with that prefix. False without a service. If the
 * service does not respond, that is logged and counted, and the password is accepted.
 */
export async function isLeaked(world: World, password: string): Promise<boolean> {
  const { settings, metrics, log } = world
  const { leakedPasswordsUrl } = settings
  if (leakedPasswordsUrl === undefined) return false
  const hash = createHash('sha1').update(normalizePassword(password)).digest('hex').toUpperCase()
  const count = (outcome: 'clean' | 'leaked' | 'failed') =>
    metrics.count('sigil_leak_checks_total', { outcome })
  try {
    // With padding, the length of the response does not reveal the requested prefix.
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
