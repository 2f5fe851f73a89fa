import { createHash } from 'node:crypto'
import { Client } from 'pg'
import { migrations } from '#src/store/migrations/all.ts'
import { migrateAll } from '#test/support/schema.ts'

export type TestDatabase = { url: string; drop(): Promise<void> }

/** Copies a migrated template, which takes milliseconds; migrating takes hundreds. */
export async function migratedDatabase(serverUrl: string, name: string): Promise<TestDatabase> {
  let template = templates.get(serverUrl)
  if (template === undefined) {
    template = await onServer(serverUrl, (client) => ensureTemplate(serverUrl, client))
    templates.set(serverUrl, template)
  }
  return createDatabase(serverUrl, name, template)
}

const templates = new Map<string, string>()

export function emptyDatabase(serverUrl: string, name: string): Promise<TestDatabase> {
  return createDatabase(serverUrl, name, 'template0')
}

async function createDatabase(serverUrl: string, name: string, template: string): Promise<TestDatabase> {
  const { run } = connectionTo(serverUrl)
  await run(`create database ${name} template ${template} strategy file_copy`)
  return { url: urlOf(serverUrl, name), drop: () => run(`drop database ${name} with (force)`) }
}

/** What the types of the library leave out. */
type Kept = { ref(): void; unref(): void }

type Connection = { run(statement: string): Promise<void> }

/** One connection for each server, until this process ends: PostgreSQL starts a process for every new one. */
function connectionTo(serverUrl: string): Connection {
  const connection = connections.get(serverUrl) ?? openConnection(serverUrl)
  connections.set(serverUrl, connection)
  return connection
}

const connections = new Map<string, Connection>()

function openConnection(serverUrl: string): Connection {
  const client = new Client({ connectionString: serverUrl }) as Client & Kept
  // A statement on a lost connection fails by itself; the next one opens another connection.
  const forget = () => connections.delete(serverUrl)
  client.on('error', forget)
  const connected = client.connect()
  connected.catch(forget)
  let pending = 0
  return {
    async run(statement) {
      // It keeps the process alive only while it is used.
      if (pending++ === 0) client.ref()
      try {
        await connected
        await client.query(statement)
      } finally {
        if (--pending === 0) client.unref()
      }
    },
  }
}

/** The first test process creates the template. It is named after the migrations, so it is never stale. */
async function ensureTemplate(serverUrl: string, client: Client): Promise<string> {
  const text = JSON.stringify(migrations)
  const name = `template_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`
  await client.query('select pg_advisory_lock(4711)')
  const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name])
  if (rowCount !== 0) return name
  // Renamed when it is complete, so that an incomplete one is never copied.
  await client.query('drop database if exists template_in_the_making with (force)')
  await client.query('create database template_in_the_making template template0')
  await migrateAll({ databaseUrl: urlOf(serverUrl, 'template_in_the_making'), dataDir: '' })
  // The server may not have noticed yet that the connection was closed, and cannot rename a database in use.
  await client.query(
    `select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = 'template_in_the_making'`,
  )
  await client.query(`alter database template_in_the_making rename to ${name}`)
  return name
}

/** Locks are released with the connection. */
async function onServer<T>(serverUrl: string, act: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: serverUrl })
  await client.connect()
  try {
    return await act(client)
  } finally {
    await client.end()
  }
}

function urlOf(serverUrl: string, name: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}
