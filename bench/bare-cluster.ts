import { Client, type Notification } from 'pg'
import { apiOf } from '#bench/api.ts'
import { run } from '#bench/processes.ts'

/**
 * The limit for a logout: a durable commit and a round trip over HTTP, and for each other node a bare
 * process that is notified, reads and acknowledges.
 */
export async function bareCluster(databaseUrl: string, { size, table }: { size: number; table: string }) {
  const { commit, hint, count } = statementsOn(table)
  const [client, listener] = [new Client(databaseUrl), new Client(databaseUrl)]
  await Promise.all([client.connect(), listener.connect()])
  await client.query(`create table ${table} (id integer primary key, counter integer not null)`)
  await client.query(`create table ${table}_holders (id text primary key, acked integer not null)`)
  await client.query(`insert into ${table} values (1, 0)`)
  await listener.query(`listen ${table}`)
  const server = await run('./bare-server.ts', [])
  const leaseholders = await Promise.all(
    Array.from({ length: size - 1 }, (_, number) =>
      run('./bare-leaseholder.ts', [databaseUrl, table, `holder ${number}`]),
    ),
  )
  const api = apiOf(server.url)
  const untilAcknowledged = async (place: number) => {
    const heard = acknowledged(listener, place)
    await client.query(hint)
    await heard
    const { rows } = await client.query({ ...count, values: [place] })
    if (rows[0]?.late !== 0) throw new Error('Not all of them had acknowledged')
  }
  return {
    async call() {
      const { rows } = await client.query(commit)
      if (size > 1) await untilAcknowledged(rows[0]?.counter)
      await api.get('/')
    },
    async stop() {
      api.close()
      await Promise.all([...leaseholders, server].map((running) => running.stop()))
      await Promise.all([client.end(), listener.end()])
    },
  }
}

function statementsOn(table: string) {
  return {
    commit: {
      name: 'commit',
      text: `update ${table} set counter = counter + 1 where id = 1 returning counter`,
    },
    hint: { name: 'hint', text: `select pg_notify('${table}', 'head')` },
    count: { name: 'count', text: `select count(*)::int as late from ${table}_holders where acked < $1` },
  }
}

/** The last one to acknowledge notifies. If two act as the last, the second notification is ignored. */
function acknowledged(listener: Client, place: number): Promise<void> {
  return new Promise((resolve) => {
    const hear = ({ payload }: Notification) => {
      if (payload !== `ack ${place}`) return
      listener.off('notification', hear)
      resolve()
    }
    listener.on('notification', hear)
  })
}
