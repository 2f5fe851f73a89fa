import { once } from 'node:events'
import { connect } from 'node:net'

/** Sends bytes and the end of the request; returns the response when the server has closed the connection. */
export function rawExchange(url: string, bytes: string | Buffer): Promise<string> {
  const { hostname, port } = new URL(url)
  const { promise, resolve } = Promise.withResolvers<string>()
  const chunks: Buffer[] = []
  const socket = connect({ host: hostname, port: Number(port) }, () => socket.end(bytes))
  const done = () => {
    socket.destroy()
    resolve(Buffer.concat(chunks).toString('latin1'))
  }
  socket.on('data', (chunk) => chunks.push(chunk)).on('close', done)
  // A reset is a valid response to garbage.
  socket.on('error', done)
  return promise
}

/** A TCP connection. `said` resolves with everything received when the server has closed it. */
export type RawConnection = {
  write(bytes: string): void
  /** Stops reading until `resume`. */
  pause(): void
  resume(): void
  /** Destroys the socket. */
  hangUp(): void
  /** Resolves when the first data has arrived. */
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
  // A reset also closes the connection.
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
