import type { Clock } from '#src/clock.ts'

/** A wake-up between processes. It may be late, doubled or lost: nothing may depend on it but haste. */
export type Hints = { close(): Promise<void> }

const channel = 'sigil_hint'
const retryMs = 1000

/**
 * Listens on a direct connection of its own (a transaction pooler cannot hold one), again and again for as
 * long as it is open. Never faults: without hints everything still holds, a little later.
 */
export function openHints(
  { url, clock }: { url: string; clock: Clock },
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
      keepAlive: true,
    })
    let isOver = false
    const over = () => {
      if (isOver) return
      isOver = true
      client.end().catch(() => {})
      again()
    }
    client.on('error', over)
    client.on('end', over)
    client.on('notification', ({ payload }) => onHint(payload ?? ''))
    close = () => client.end().catch(() => {})
    await client
      .connect()
      .then(() => client.query(`listen ${channel}`))
      .catch(over)
  }
  void listen()
  return {
    async close() {
      isClosed = true
      await close()
    },
  }
}
