import { createHash } from 'node:crypto'
import { Client } from 'pg'
import { migrations } from '#src/store/migrations/all.ts'
import { migrateAll } from '#test/support/schema.ts'

export type TestDatabase = { url: string; drop(): Promise<void> }

/** Copies a migrated template, which takes milliseconds; migrating takes hundreds. */
export async function migratedDatabase(serverUrl: string, name: string): Promise<TestDatabase> {
  const template =
    templates.get(serverUrl) ?? onServer(serverUrl, (client) => ensureTemplate(serverUrl, client))
  templates.set(serverUrl, template)
  return createDatabase(serverUrl, name, await template)
}

const templates = new Map<string, Promise<string>>()

export function emptyDatabase(serverUrl: string, name: string): Promise<TestDatabase> {
  return createDatabase(serverUrl, name, 'template0')
}

async function createDatabase(serverUrl: string, name: string, template: string): Promise<TestDatabase> {
  await onServer(serverUrl, (client) =>
    client.query(`create database ${name} template ${template} strategy file_copy`),
  )
  return {
    url: urlOf(serverUrl, name),
    drop: () =>
      onServer(serverUrl, async (client) => void (await client.query(`drop database ${name} with (force)`))),
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
