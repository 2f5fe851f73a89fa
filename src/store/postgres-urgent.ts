import type { Query } from '#src/store/db.ts'
import { type Connections, openConnections } from '#src/store/postgres-connections.ts'
import { isSilenceError } from '#src/store/postgres-errors.ts'
import type { Patience } from '#src/store/postgres-session.ts'

/** Two, so that what reads the log need not wait for a renewal that waits for the disk. */
const size = 2
/** To connect takes several ways there and back, and a new process there, however short a limit is. */
const minConnectMs = 1000

type Urgent = { readonly query: Query; end(): Promise<void> }

/**
 * Statements that are given up with their connection after `limitMs`, on connections of their own: however
 * many calls hold the others, or hang on them, these need not wait for one. Silence that lasted so long, and
 * then an answer over a new connection, says that a network or a server has forgotten who was connected. Then
 * `onSilence` is called, until it says that it has done something about the others.
 */
export function urgent(
  { url, limitMs, patience }: { url: string; limitMs: number; patience: Patience },
  onSilence: () => boolean,
): Urgent {
  const answerMs = Math.min(limitMs, patience.answerMs)
  const connectMs = Math.min(Math.max(limitMs, minConnectMs), patience.connectMs)
  // The server's own limit stays as it is: behind a transaction pooler others would inherit it.
  const { query, end } = openConnections({ url, size, patience: { ...patience, connectMs, answerMs } })
  let isSilent = false
  return {
    async query(statement) {
      try {
        const rows = await query(statement)
        // Not before: while nothing answers, new connections would be no better than the old ones.
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
  /** Where what is begun now belongs. */
  current(): Connections
  /** Gives whether they were left. */
  replace(): boolean
  end(): Promise<void>
}

/**
 * Connections that can be left for new ones, all at once. What is under way on the old ones goes on to its
 * end or to its limit, for it may be merely slow. While there are such, no more are left: a database that is
 * slow must not be given more and more connections.
 */
export function replaceable(open: () => Connections): Replaceable {
  let current = open()
  let leaving: Promise<void> | undefined
  let isEnding = false
  return {
    current: () => current,
    replace() {
      if (leaving || isEnding) return false
      leaving = current.end().finally(() => {
        leaving = undefined
      })
      current = open()
      return true
    },
    async end() {
      isEnding = true
      await Promise.all([leaving, current.end()])
    },
  }
}
