import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

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
   * Lets the next message with this text through to the server, and then drops its connection in place of the
   * answer. Resolves when that has happened.
   */
  swallowAnswerTo(text: string): Promise<void>
  close(): Promise<void>
}

type Pair = { client: Socket; server: Socket }
type Trap = { text: string; sprung: () => void }
type State = { pairs: Set<Pair>; isCut: boolean; isPaused: boolean; trap: Trap | undefined }

/** Stands between a client and a server, and does what networks do. */
export async function tcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const state: State = { pairs: new Set(), isCut: false, isPaused: false, trap: undefined }
  const listener = createServer((client) => {
    if (state.isCut) client.destroy()
    else join(state, { client, server: connect(target) })
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
    if (!sprung) return client.write(chunk)
    drop(state, pair)
    sprung.sprung()
  })
  // After the listeners, each of which would set the data flowing.
  if (state.isPaused) for (const socket of [client, server]) socket.pause()
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
