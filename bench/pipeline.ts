import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const endOfHead = Buffer.from('\r\n\r\n')

/**
 * Requests per second of a server when several connections always have some in flight. The client only counts
 * responses, which have no bodies, so it costs far less than what it measures.
 */
export async function pipelined(
  url: string,
  request: string,
  forMs: number,
  { connections, depth } = { connections: 4, depth: 32 },
): Promise<number> {
  const { hostname, port } = new URL(url)
  const began = performance.now()
  const counts = await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true })
      await once(socket, 'connect')
      return keepBusy(socket, { request, depth, until: began + forMs })
    }),
  )
  const total = counts.reduce((sum, count) => sum + count, 0)
  return (total * 1000) / (performance.now() - began)
}

async function keepBusy(
  socket: Socket,
  { request, depth, until }: { request: string; depth: number; until: number },
): Promise<number> {
  const batch = Buffer.from(request.repeat(depth))
  let answered = 0
  let due = depth
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject)
    socket.on('data', (chunk: Buffer) => {
      if (answered === 0 && !chunk.subarray(9, 12).equals(Buffer.from('204'))) {
        reject(new Error(`Expected 204, got ${chunk.subarray(0, 80)}`))
      }
      for (let at = chunk.indexOf(endOfHead); at !== -1; at = chunk.indexOf(endOfHead, at + 4)) answered++
      if (answered < due) return
      if (performance.now() >= until) return resolve()
      due += depth
      socket.write(batch)
    })
    socket.write(batch)
  })
  socket.destroy()
  return answered
}
