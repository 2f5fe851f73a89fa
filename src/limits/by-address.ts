import { AppError } from '#src/errors/errors.ts'
import type { Limit } from '#src/http/endpoint.ts'
import { count } from '#src/limits/count.ts'
import { type Counted, headersOf, type Policy } from '#src/limits/limit.ts'
import { policies } from '#src/limits/policies.ts'
import { bucketOf, networksOf } from '#src/platform/addresses.ts'
import type { World } from '#src/world/world.ts'

/** How much higher the limit of a larger IPv6 network is: one attacker may control a whole /56 or /48. */
const widerBy = [
  { bits: 56, factor: 4 },
  { bits: 48, factor: 16 },
]

/** Limits an endpoint per IPv4 address, or per IPv6 /64 network and the larger networks around it. */
export function byAddress(name: keyof typeof policies): Limit<World> {
  const policy = policies[name]
  return {
    name,
    async count(world, { address }) {
      if (world.settings.rateLimits === 'off') return { headers: {}, error: undefined }
      const counted = await count(world, { policy, of: bucketOf(address) })
      const headers = headersOf(policy, counted)
      if (counted.kind === 'rejected') return { headers, error: tooMany(counted.retryInMs) }
      const wider = await countWider(world, policy, address)
      if (wider.kind === 'counted') return { headers, error: undefined }
      return { headers: headersOf(policy, wider), error: tooMany(wider.retryInMs) }
    },
  }
}

async function countWider(world: World, policy: Policy, address: string): Promise<Counted> {
  const networks = networksOf(address)
  for (const { bits, factor } of widerBy) {
    const network = networks.find((name) => name.endsWith(`/${bits}`))
    if (network === undefined) continue
    const wider = { ...policy, name: `${policy.name}_${bits}`, quota: policy.quota * factor }
    const counted = await count(world, { policy: wider, of: network })
    if (counted.kind === 'rejected') return counted
  }
  return { kind: 'counted', fullInMs: 0 }
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
