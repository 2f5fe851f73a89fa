import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

/**
 * Many verifiers in one process, each with its own connection, which only poll: the work of a resource server
 * is not measured. `GET /` returns how many are attached and how often they have polled.
 */
const [, , server = '', key = '', many = '0'] = process.argv
const { hostname, port } = new URL(server)
const atOnce = 50
const endOfHead = '\r\n\r\n'
const head = `POST /api/v1/revocations/poll HTTP/1.1\r\nHost: sigil\r\nAuthorization: Bearer ${key}\r
Content-Type: application/json\r\n`

let attached = 0
let polls = 0

createServer((_, response) => response.end(JSON.stringify({ attached, polls })))
  .listen(0, '127.0.0.1')
  .on('listening', function (this: { address(): AddressInfo | string | null }) {
    process.stdout.write(`http://127.0.0.1:${(this.address() as AddressInfo).port}\n`)
  })
process.once('SIGTERM', () => process.exit(0))

for (let started = 0; started < Number(many); started += atOnce) {
  await Promise.all(Array.from({ length: atOnce }, attach))
}

/** Resolves with the first response, and polls forever. */
async function attach(): Promise<void> {
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  socket.on('error', fail)
  await once(socket, 'connect')
  await new Promise<void>((attach) => keepPolling(socket, attach))
  attached++
}

type Answer = { readonly holder: string; readonly head: number; readonly lease_ms: number }

function keepPolling(socket: Socket, isAttached: () => void): void {
  let text = ''
  const poll = (last: Answer | undefined) => {
    const wait = Math.floor((last?.lease_ms ?? 0) / 4)
    const place = last?.head ?? 0
    const body = JSON.stringify({ holder: last?.holder, after: place, ack: place, wait_ms: wait })
    polls++
    socket.write(`${head}Content-Length: ${body.length}${endOfHead}${body}`)
  }
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    const end = text.indexOf(endOfHead)
    if (end === -1) return
    const length = Number(/content-length: ([0-9]+)/i.exec(text.slice(0, end))?.[1])
    if (text.length < end + endOfHead.length + length) return
    if (!text.startsWith('HTTP/1.1 200')) fail(new Error(text))
    const answer = JSON.parse(text.slice(end + endOfHead.length)) as Answer
    text = ''
    isAttached()
    poll(answer)
  })
  socket.on('close', () => fail(new Error('The server closed a connection')))
  poll(undefined)
}

function fail(error: Error): never {
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
}
