import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'

export type TcpProxy = {
  port: number
  /** Returns the same URL through the proxy. */
  through(url: string): string
  /** Drops all connections, including new ones, until `mend`. */
  cut(): void
  mend(): void
  /** Holds all data back without losing it, like a frozen machine, until `resume`. */
  pause(): void
  resume(): void
  /** The same only for existing connections, like a firewall that has dropped them. New connections work. */
  silence(): void
  /** Delays all responses, keeping their order; 0 for none. */
  delayAnswers(ms: number): void
  /**
   * Passes the next message with this text to the server and drops the connection instead of the response.
   * Resolves when that has happened.
   */
  swallowAnswerTo(text: string): Promise<void>
  close(): Promise<void>
}

/** `answered` resolves when all responses so far have been passed on. */
type Pair = { client: Socket; server: Socket; answered: Promise<void> | undefined }
type Trap = { text: string; sprung: () => void }
type State = {
  pairs: Set<Pair>
  isCut: boolean
  isPaused: boolean
  delayMs: number
  trap: Trap | undefined
}

/** A TCP proxy that simulates network failures. */
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

/** Starts a proxy in front of the server of a URL. */
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
  // After the listeners are added, since each of them resumes the stream.
  if (state.isPaused) for (const socket of [client, server]) socket.pause()
}

/** A response after a delayed one waits for it, even if the delay has been shortened. */
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
