import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { cpus } from 'node:os'
import { hash, verify } from '@node-rs/argon2'
import { rate } from '#bench/measure.ts'

/** The limit for sign-ins: only argon2id, on every core. The path of a request is the duration in ms. */
const parameters = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const phc = await hash('plum tarot window 42', parameters)
const server = createServer(async (request, response) => {
  const forMs = Number(request.url?.slice(1))
  const perSecond = await rate(forMs, cpus().length, async () => {
    await verify(phc, 'plum tarot window 42')
  })
  response.end(JSON.stringify({ per_second: perSecond }))
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})
process.once('SIGTERM', () => process.exit(0))
