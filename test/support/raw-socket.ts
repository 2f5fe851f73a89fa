import { once } from 'node:events'
import { connect } from 'node:net'

/** Sends bytes as they are and gives what came back until the server closed, or `patienceMs` of silence. */
export function rawExchange(url: string, bytes: string | Buffer, patienceMs = 2000): Promise<string> {
  const { hostname, port } = new URL(url)
  const { promise, resolve } = Promise.withResolvers<string>()
  const chunks: Buffer[] = []
  const socket = connect({ host: hostname, port: Number(port) }, () => socket.end(bytes))
  const done = () => {
    socket.destroy()
    resolve(Buffer.concat(chunks).toString('latin1'))
  }
  socket.setTimeout(patienceMs, done)
  socket.on('data', (chunk) => chunks.push(chunk)).on('close', done)
  // A reset is one of the answers that garbage gets.
  socket.on('error', done)
  return promise
}

/** A connection as it is. `said` resolves with all that came back when the server has closed it. */
export type RawConnection = {
  write(bytes: string): void
  /** Reads nothing, until it goes on. */
  pause(): void
  resume(): void
  /** Leaves without a word. */
  hangUp(): void
  /** Resolves when the first of what comes back is here. */
  readonly answered: Promise<unknown>
  readonly said: Promise<string>
}

export async function openRaw(url: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  const chunks: Buffer[] = []
  const { promise: said, resolve } = Promise.withResolvers<string>()
  socket
    .on('data', (chunk) => chunks.push(chunk))
    .on('close', () => resolve(Buffer.concat(chunks).toString()))
  const answered = new Promise((resolve) => socket.once('data', resolve))
  await once(socket, 'connect')
  // A reset is one way to be closed.
  socket.on('error', () => {})
  return {
    write: (bytes) => socket.write(bytes),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    hangUp: () => socket.destroy(),
    answered,
    said,
  }
}
