import type { Clock } from '#src/platform/clock.ts'
import { postgresConfig } from '#src/store/postgres-config.ts'

/** Notifications between processes. They may be late, repeated or lost: they only make things faster. */
export type Hints = { close(): Promise<void> }

const channel = 'sigil_hint'
const retryMs = 1000
/** Enough to try every server of a URL, and to outlast a restart. */
const failuresToReport = 5

type Options = {
  readonly url: string
  readonly clock: Clock
  readonly lookEveryMs: number
  /** Called once per outage, after several attempts to listen have failed. */
  readonly onOutage?: (error: unknown) => void
}

/**
 * Listens on a separate connection, which must not go through a transaction pooler, and reconnects until it
 * is closed. A connection that only listens does not detect that it is broken, so it is tested every
 * `lookEveryMs`, with the same time limit. Never throws: without hints everything still works, only later.
 */
export function openHints(
  { url, clock, lookEveryMs, onOutage }: Options,
  onHint: (payload: string) => void,
): Hints {
  let close = async () => {}
  let isClosed = false
  let turn = 0
  const outage = outageOf(onOutage)
  const retry = () => {
    if (!isClosed) clock.after(retryMs, listen)
  }
  const listen = async () => {
    const { Client } = await import('pg')
    // A connection opened after the end would never be closed and would keep the process alive.
    if (isClosed) return
    const client = new Client({
      // Notifications only arrive from the server that accepts writes; a standby rejects the command below.
      ...postgresConfig(url, 'sigil hints', turn++),
      connectionTimeoutMillis: 5000,
    })
    const disconnect = async () => {
      const ended = client.end().catch(() => {})
      // If the other side is gone, `end` alone would wait forever.
      client.connection.stream.destroy()
      await ended
    }
    close = disconnect
    let hasFailed = false
    let stopLooking = () => {}
    const fail = () => {
      if (hasFailed) return
      hasFailed = true
      stopLooking()
      void disconnect()
      retry()
    }
    const look = () => {
      stopLooking = clock.after(lookEveryMs, () => {
        client.query({ text: 'select 1', ...{ query_timeout: lookEveryMs } }).then(look, fail)
      })
    }
    client.on('error', fail)
    client.on('end', fail)
    client.on('notification', ({ payload }) => onHint(payload ?? ''))
    await client
      .connect()
      .then(() => client.query({ text: `listen ${channel}`, ...{ query_timeout: lookEveryMs } }))
      .then(outage.over)
      .then(look, (error) => {
        if (!isClosed) outage.failed(error)
        fail()
      })
  }
  void listen()
  return {
    async close() {
      isClosed = true
      await close()
    },
  }
}

function outageOf(onOutage: Options['onOutage']) {
  let failures = 0
  return {
    over() {
      failures = 0
    },
    failed(error: unknown) {
      failures++
      if (failures === failuresToReport) onOutage?.(error)
    },
  }
}
