import type { Clock } from '#src/platform/clock.ts'

/** A wake-up between processes. It may be late, doubled or lost: nothing may depend on it but haste. */
export type Hints = { close(): Promise<void> }

const channel = 'sigil_hint'
const retryMs = 1000

/**
 * Listens on a direct connection of its own (a transaction pooler cannot hold one), again and again for as
 * long as it is open. Who only listens does not notice when nothing can come any more: so every `lookEveryMs`
 * it asks whether somebody is there, and waits so long for the answer. Never faults: without hints everything
 * still holds, a little later.
 */
export function openHints(
  { url, clock, lookEveryMs }: { url: string; clock: Clock; lookEveryMs: number },
  onHint: (payload: string) => void,
): Hints {
  let close = async () => {}
  let isClosed = false
  const again = () => {
    if (!isClosed) clock.after(retryMs, listen)
  }
  const listen = async () => {
    const { Client } = await import('pg')
    // A connection that is opened after the end is closed by nobody, and keeps the process alive.
    if (isClosed) return
    const client = new Client({
      connectionString: url,
      application_name: 'sigil hints',
      connectionTimeoutMillis: 5000,
    })
    const hangUp = async () => {
      const ended = client.end().catch(() => {})
      // Where nobody hears the goodbye, nobody returns it either.
      client.connection.stream.destroy()
      await ended
    }
    close = hangUp
    let isOver = false
    let stopLooking = () => {}
    const over = () => {
      if (isOver) return
      isOver = true
      stopLooking()
      void hangUp()
      again()
    }
    const look = () => {
      stopLooking = clock.after(lookEveryMs, () => {
        client.query({ text: 'select 1', ...{ query_timeout: lookEveryMs } }).then(look, over)
      })
    }
    client.on('error', over)
    client.on('end', over)
    client.on('notification', ({ payload }) => onHint(payload ?? ''))
    await client
      .connect()
      .then(() => client.query({ text: `listen ${channel}`, ...{ query_timeout: lookEveryMs } }))
      .then(look, over)
  }
  void listen()
  return {
    async close() {
      isClosed = true
      await close()
    },
  }
}
