import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Client } from 'pg'

/**
 * The minimum of a node in a cluster: receives a notification, reads the entry, acknowledges it, and
 * notifies the others if it was the last. Uses the driver directly.
 */
const [, , connectionString, table = '', id = ''] = process.argv
const client = new Client({ connectionString })
const listener = new Client({ connectionString })
await Promise.all([client.connect(), listener.connect()])
await client.query(`insert into ${table}_holders (id, acked) values ($1, 0)`, [id])
const read = { name: 'read', text: `select counter from ${table} where counter > $1` }
const acknowledge = {
  name: 'acknowledge',
  text: `update ${table}_holders set acked = $1 where id = $2
    and set_config('synchronous_commit', 'off', true) = 'off'`,
}
const hint = {
  name: 'hint',
  text: `select pg_notify('${table}', 'ack ' || $1::integer)
    where not exists (select 1 from ${table}_holders where acked < $1::integer)`,
}
let known = 0
listener.on('notification', async ({ payload }) => {
  if (payload !== 'head') return
  const { rows } = await client.query({ ...read, values: [known] })
  known = rows.at(-1)?.counter ?? known
  await client.query({ ...acknowledge, values: [known, id] })
  await client.query({ ...hint, values: [known] })
})
await listener.query(`listen ${table}`)

const server = createServer((_request, response) => response.end())
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})
process.once('SIGTERM', () => process.exit(0))
