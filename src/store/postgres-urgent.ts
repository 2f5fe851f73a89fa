import type { Query } from '#src/store/db.ts'
import { type Connections, openConnections } from '#src/store/postgres-connections.ts'
import { isSilenceError } from '#src/store/postgres-errors.ts'
import type { Timeouts } from '#src/store/postgres-session.ts'

/** Two, so that reading the revocation log does not wait for a lease renewal that waits for the disk. */
const size = 2
/** A connection takes several round trips and a new server process, however short the limit is. */
const minConnectMs = 1000

type Urgent = { readonly query: Query; end(): Promise<void> }

/**
 * Runs statements on reserved connections, which no other call can occupy, and closes a connection whose
 * response takes longer than `limitMs`. If a new connection then works, a firewall or a failover has probably
 * dropped all established connections silently: `onSilence` is called, until it returns true.
 */
export function urgent(
  { url, limitMs, timeouts }: { url: string; limitMs: number; timeouts: Timeouts },
  onSilence: () => boolean,
): Urgent {
  const answerMs = Math.min(limitMs, timeouts.answerMs)
  const connectMs = Math.min(Math.max(limitMs, minConnectMs), timeouts.connectMs)
  // The server's statement timeout is not changed: behind a transaction pooler other sessions would inherit
  // it.
  const { query, end } = openConnections({ url, size, timeouts: { ...timeouts, connectMs, answerMs } })
  let isSilent = false
  return {
    async query(statement) {
      try {
        const rows = await query(statement)
        // Not earlier: while the server is unreachable, new connections would not work either.
        if (isSilent) isSilent = !onSilence()
        return rows
      } catch (error) {
        isSilent ||= isSilenceError(error)
        throw error
      }
    },
    end,
  }
}

export type Replaceable = {
  /** The connections to use now. */
  current(): Connections
  /** Returns whether they were replaced. */
  replace(): boolean
  end(): Promise<void>
}

/**
 * Connections that can be replaced all at once. Statements on the old ones continue, because they may only be
 * slow. Until they have ended nothing is replaced again, so that a slow database does not get more and more
 * connections.
 */
export function replaceable(open: () => Connections): Replaceable {
  let current = open()
  let replacing: Promise<void> | undefined
  let isEnding = false
  return {
    current: () => current,
    replace() {
      if (replacing || isEnding) return false
      replacing = current.end().finally(() => {
        replacing = undefined
      })
      current = open()
      return true
    },
    async end() {
      isEnding = true
      await Promise.all([replacing, current.end()])
    },
  }
}
