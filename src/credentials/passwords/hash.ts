import { hash, verify } from '@node-rs/argon2'
import { HashQueue } from '#src/credentials/passwords/hash-queue.ts'
import { normalizePassword } from '#src/credentials/passwords/password.ts'
import { currentPepper, readPepper, withKeyId } from '#src/credentials/passwords/pepper.ts'
import { sawWholePassword, verifyForeign } from '#src/credentials/passwords/verify-foreign.ts'
import { networksOf } from '#src/platform/addresses.ts'
import { lowerWorkerPriority } from '#src/platform/thread-priority.ts'
import { perWorld, type World } from '#src/world/world.ts'

/** RFC 9106 and OWASP: 19 MiB, 2 passes. */
const defaultCost = { memoryCost: 19_456, timeCost: 2 }

/** argon2id (the library's 2, a const enum), 1 lane. */
function parametersOf({ settings }: World) {
  return { algorithm: 2, ...(settings.hashCost ?? defaultCost), parallelism: 1 }
}

/** The same as every hash begins with them. */
function prefixOf(world: World): string {
  const { memoryCost, timeCost } = parametersOf(world)
  return `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=1`
}

/** A hash that no password matches, so that an unknown login costs the same as a known one. */
function decoyOf(world: World): string {
  return `${prefixOf(world)}$c2lnaWwtZGVjb3ktc2FsdA$pVEaWqv5cFkjAjW7nM2WlO2BYRuC0a8Fd1wXkCq5j2s`
}

/** A saturated server keeps verifying tokens in time. The threads start with the first hash. */
const yieldToRequests = perWorld(() => {
  let isDone = false
  return () => {
    if (!isDone) lowerWorkerPriority()
    isDone = true
  }
})

const hashQueue = perWorld(({ settings, metrics }) => {
  const workers = settings.hashers
  const queue = new HashQueue({
    workers,
    max: 64 * workers,
    maxPerSource: 32 * workers,
    reserved: 16 * workers,
  })
  metrics.read('sigil_hash_queue_length', {}, () => queue.waiting)
  return queue
})

/** `isKnown`: the job is for a browser that has signed in before. */
type From = { readonly address: string; readonly isKnown?: boolean }

function queued<T>(world: World, { address, isKnown = false }: From, work: () => Promise<T>): Promise<T> {
  const { clock, metrics } = world
  return hashQueue(world).run(
    networksOf(address),
    async () => {
      const began = clock.monotonic()
      try {
        const working = work()
        yieldToRequests(world)()
        return await working
      } finally {
        metrics.observe('sigil_hash_seconds', {}, (clock.monotonic() - began) / 1000)
      }
    },
    { isKnown },
  )
}

export async function hashPassword(world: World, password: string, address: string): Promise<string> {
  const { id, secret } = currentPepper(world)
  const work = () => hash(normalizePassword(password), { ...parametersOf(world), secret })
  return withKeyId(await queued(world, { address }, work), id)
}

/** Whether the password matches the hash. Without a hash, the same work is done and the result is false. */
export async function matches(
  world: World,
  { password, passwordHash, ...from }: { password: string; passwordHash: string | undefined } & From,
): Promise<boolean> {
  const decoy = decoyOf(world)
  const stored = passwordHash ?? decoy
  // A hash whose key is gone matches nothing, after the same work.
  const { hash: ours, secret } = readPepper(world, stored) ?? { hash: decoy, secret: undefined }
  const proven = await queued(world, from, () =>
    isOurs(world, stored)
      ? verify(ours, normalizePassword(password), secret ? { secret } : undefined)
      : verifyForeign(stored, password),
  )
  return proven && passwordHash !== undefined
}

/**
 * Whether a hash has an outdated secret or outdated parameters, or comes from another system. It should then
 * be replaced with a new hash of the password that just matched it.
 */
export function isRenewedBy(world: World, password: string, passwordHash: string): boolean {
  if (!isOurs(world, passwordHash)) return sawWholePassword(passwordHash, password)
  return !isAsToday(world, passwordHash) || readPepper(world, passwordHash)?.id !== currentPepper(world).id
}

/** Made here, at whatever cost: only our hashes name a secret. Or as today but without one, when imported. */
function isOurs(world: World, passwordHash: string): boolean {
  const hasSecret = /^\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+,keyid=[\w-]+\$/.test(passwordHash)
  return hasSecret || isAsToday(world, passwordHash)
}

/** Has the parameters of today. */
function isAsToday(world: World, passwordHash: string): boolean {
  const prefix = prefixOf(world)
  const rest = passwordHash.slice(prefix.length)
  return passwordHash.startsWith(prefix) && /^(?:,keyid=[\w-]+)?\$/.test(rest)
}
