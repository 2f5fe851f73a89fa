import { AppError } from '#src/errors/errors.ts'
import type { Limit } from '#src/http/endpoint.ts'
import { count } from '#src/limits/count.ts'
import { headersOf } from '#src/limits/limit.ts'
import { policies } from '#src/limits/policies.ts'
import { bucketOf } from '#src/platform/addresses.ts'
import type { World } from '#src/world/world.ts'

/** Limits an endpoint per IPv4 address, or per IPv6 network of 64 bits. */
export function byAddress(name: keyof typeof policies): Limit<World> {
  const policy = policies[name]
  return {
    name,
    async count(world, { address }) {
      if (world.settings.rateLimits === 'off') return { headers: {}, error: undefined }
      const counted = await count(world, { policy, of: bucketOf(address) })
      return {
        headers: headersOf(policy, counted),
        error: counted.kind === 'rejected' ? tooMany(counted.retryInMs) : undefined,
      }
    },
  }
}

/** Counts one attempt of a user, and throws beyond the limit. */
export async function refuseBeyond(
  world: World,
  { name, of }: { name: keyof typeof policies; of: string },
): Promise<void> {
  const counted = await count(world, { policy: policies[name], of })
  if (counted.kind === 'rejected') throw tooMany(counted.retryInMs)
}

function tooMany(retryInMs: number): AppError {
  return new AppError('too_many_requests', { retryAfterSeconds: Math.ceil(retryInMs / 1000) })
}
