import { AppError } from '#src/errors/errors.ts'
import { bucketOf } from '#src/platform/addresses.ts'
import type { Clock } from '#src/platform/clock.ts'

/** One body that is being received. */
export type Receiving = {
  /** Rejects once the body took too long. */
  readonly timeout: Promise<never>
  /** Counts received bytes; throws if there are too many. */
  take(bytes: number): void
  end(): void
}

export type BodyBudget = { begin(address: string): Receiving }

type BodyLimits = {
  readonly timeoutMs: number
  readonly perNetwork: { readonly bodies: number; readonly bytes: number }
  readonly inAll: { readonly bodies: number; readonly bytes: number }
}

/** A body of a real client arrives within milliseconds. Clients behind an untrusted proxy share a network. */
export const bodyLimits: BodyLimits = {
  timeoutMs: 10_000,
  perNetwork: { bodies: 200, bytes: 2 * 2 ** 20 },
  inAll: { bodies: 2000, bytes: 32 * 2 ** 20 },
}

type Use = { bodies: number; bytes: number }

/**
 * Limits what stalled bodies can keep in memory, in all and for each IPv4 address or IPv6 /64: thousands of
 * connections that never complete their body would fill it otherwise.
 */
export function bodyBudget(clock: Clock, limits: BodyLimits = bodyLimits): BodyBudget {
  const networks = new Map<string, Use>()
  const all: Use = { bodies: 0, bytes: 0 }
  const { perNetwork, inAll, timeoutMs } = limits

  return {
    begin(address) {
      const network = bucketOf(address)
      const own = networks.get(network) ?? { bodies: 0, bytes: 0 }
      if (own.bodies >= perNetwork.bodies) throw tooMany()
      if (all.bodies >= inAll.bodies) throw full()
      networks.set(network, own)
      own.bodies++
      all.bodies++
      let taken = 0
      let isOver = false
      const { promise: timeout, reject } = Promise.withResolvers<never>()
      // Possibly nothing waits for it any more.
      timeout.catch(() => {})
      const cancel = clock.after(timeoutMs, () => reject(new AppError('body_timeout')))
      return {
        timeout,
        take(bytes) {
          // Bytes that arrive after the timeout are discarded.
          if (isOver) throw new AppError('body_timeout')
          if (own.bytes + bytes > perNetwork.bytes) throw tooMany()
          if (all.bytes + bytes > inAll.bytes) throw full()
          taken += bytes
          own.bytes += bytes
          all.bytes += bytes
        },
        end() {
          cancel()
          isOver = true
          own.bodies--
          all.bodies--
          own.bytes -= taken
          all.bytes -= taken
          if (own.bodies === 0) networks.delete(network)
        },
      }
    },
  }
}

function tooMany(): AppError {
  return new AppError('too_many_bodies', { retryAfterSeconds: 10 })
}

function full(): AppError {
  return new AppError('unavailable', { retryAfterSeconds: 10 })
}
