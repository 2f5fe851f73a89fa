import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export type Way = { readonly connections: number; readonly depth: number; readonly status?: number }

const endOfHead = Buffer.from('\r\n\r\n')

/**
 * Requests per second of a server when several connections always have some in flight. The client only counts
 * the heads of responses, so it costs far less than what it measures.
 */
export async function pipelined(
  url: string,
  request: string,
  forMs: number,
  { connections, depth, status = 204 }: Way = { connections: 4, depth: 32 },
): Promise<number> {
  const { hostname, port } = new URL(url)
  const began = performance.now()
  const counts = await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true })
      await once(socket, 'connect')
      return keepBusy(socket, { request, depth, status, until: began + forMs })
    }),
  )
  const total = counts.reduce((sum, count) => sum + count, 0)
  return (total * 1000) / (performance.now() - began)
}

async function keepBusy(
  socket: Socket,
  { request, depth, status, until }: { request: string; depth: number; status: number; until: number },
): Promise<number> {
  const batch = Buffer.from(request.repeat(depth))
  let answered = 0
  let due = depth
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject)
    socket.on('data', (chunk: Buffer) => {
      if (answered === 0 && chunk.toString('latin1', 9, 12) !== String(status)) {
        reject(new Error(`Expected ${status}, got ${chunk.subarray(0, 80)}`))
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
