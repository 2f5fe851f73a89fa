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
