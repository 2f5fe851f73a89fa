import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'

export type TcpProxy = {
  port: number
  /** The same URL, but through the proxy. */
  through(url: string): string
  /** Drops every connection, and every new one at once, until `mend`. */
  cut(): void
  mend(): void
  /** Nothing passes and nothing is lost, as when a machine is frozen, until `resume`. */
  pause(): void
  resume(): void
  /**
   * The same for those who are connected now, as when a firewall forgets them; whoever connects from here on
   * is served.
   */
  silence(): void
  /** What the server says comes so much later, in its order; 0 for at once. */
  delayAnswers(ms: number): void
  /**
   * Lets the next message with this text through to the server, and then drops its connection in place of the
   * answer. Resolves when that has happened.
   */
  swallowAnswerTo(text: string): Promise<void>
  close(): Promise<void>
}

/** `answered` is when the last answer so far has been passed on. */
type Pair = { client: Socket; server: Socket; answered: Promise<void> | undefined }
type Trap = { text: string; sprung: () => void }
type State = {
  pairs: Set<Pair>
  isCut: boolean
  isPaused: boolean
  delayMs: number
  trap: Trap | undefined
}

/** Stands between a client and a server, and does what networks do. */
export async function tcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const state: State = { pairs: new Set(), isCut: false, isPaused: false, delayMs: 0, trap: undefined }
  const listener = createServer((client) => {
    if (state.isCut) client.destroy()
    else join(state, { client, server: connect(target), answered: undefined })
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const port = portOf(listener.address())

  return {
    port,
    through(url) {
      const changed = new URL(url)
      changed.host = `127.0.0.1:${port}`
      return changed.href
    },
    cut() {
      state.isCut = true
      for (const pair of state.pairs) drop(state, pair)
    },
    mend() {
      state.isCut = false
    },
    pause() {
      state.isPaused = true
      for (const socket of socketsOf(state)) socket.pause()
    },
    resume() {
      state.isPaused = false
      for (const socket of socketsOf(state)) socket.resume()
    },
    silence() {
      for (const socket of socketsOf(state)) socket.pause()
    },
    delayAnswers(ms) {
      state.delayMs = ms
    },
    swallowAnswerTo(text) {
      return new Promise((sprung) => {
        state.trap = { text, sprung }
      })
    },
    async close() {
      for (const pair of state.pairs) drop(state, pair)
      listener.close()
      await once(listener, 'close')
    },
  }
}

/** A proxy before the server that a URL names. */
export function tcpProxyTo(url: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(url)
  return tcpProxy({ host: hostname, port: Number(port || 5432) })
}

function join(state: State, pair: Pair): void {
  const { client, server } = pair
  let sprung: Trap | undefined
  state.pairs.add(pair)
  for (const socket of [client, server]) {
    socket.setNoDelay()
    socket.on('error', () => {}).on('close', () => drop(state, pair))
  }
  client.on('data', (chunk) => {
    if (state.trap && chunk.includes(state.trap.text)) {
      sprung = state.trap
      state.trap = undefined
    }
    server.write(chunk)
  })
  server.on('data', (chunk) => {
    if (!sprung) return passOn(state, pair, chunk)
    drop(state, pair)
    sprung.sprung()
  })
  // After the listeners, each of which would set the data flowing.
  if (state.isPaused) for (const socket of [client, server]) socket.pause()
}

/** An answer that comes after a delayed one waits for it, whatever the delay is by then. */
function passOn({ delayMs }: State, pair: Pair, chunk: Buffer): void {
  if (delayMs === 0 && pair.answered === undefined) {
    pair.client.write(chunk)
    return
  }
  const before = pair.answered ?? Promise.resolve()
  const answered = Promise.all([before, setTimeout(delayMs)]).then(() => {
    if (!pair.client.destroyed) pair.client.write(chunk)
    if (pair.answered === answered) pair.answered = undefined
  })
  pair.answered = answered
}

function drop(state: State, pair: Pair): void {
  state.pairs.delete(pair)
  pair.client.destroy()
  pair.server.destroy()
}

function socketsOf(state: State): Socket[] {
  return [...state.pairs].flatMap(({ client, server }) => [client, server])
}

function portOf(address: ReturnType<ReturnType<typeof createServer>['address']>): number {
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.')
  return address.port
}
