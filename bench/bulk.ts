import { DatabaseSync } from 'node:sqlite'
import { Client } from 'pg'
import type { Value } from '#src/store/sql.ts'

/** A database that is being filled: without indexes, foreign keys or waiting for the disk. */
export type Bulk = {
  /** Runs a statement, in which `new_id` and `new_hash` stand for new random texts. */
  run(text: string): Promise<void>
  /** Inserts rows of texts and numbers. May resolve before they are stored; later calls run after it. */
  insert(table: string, columns: string, rows: readonly (readonly Value[])[]): Promise<void>
  /** Creates the indexes again and closes the database. */
  finish(): Promise<void>
}

const filled = ['sessions', 'sign_ins', 'audit_events', 'grants', 'consents', 'user_roles', 'user_keys']
const inFilled = `(${['users', ...filled].map((name) => `'${name}'`).join(', ')})`

export async function bulkSqlite(file: string): Promise<Bulk> {
  const db = new DatabaseSync(file, { enableForeignKeyConstraints: false })
  db.exec('pragma journal_mode = delete; pragma synchronous = off; pragma cache_size = -1500000')
  const dropped = db
    .prepare(`select name, sql from sqlite_master where type = 'index' and sql is not null
      and tbl_name in ${inFilled}`)
    .all()
  for (const { name } of dropped) db.exec(`drop index ${name}`)
  return {
    async run(text) {
      db.exec(
        text
          .replaceAll('new_id', 'substr(lower(hex(randomblob(11))), 1, 22)')
          .replaceAll('new_hash', 'substr(lower(hex(randomblob(22))), 1, 43)'),
      )
    },
    async insert(table, columns, rows) {
      const places = columns.split(',').map(() => '?')
      const statement = db.prepare(`insert into ${table} (${columns}) values (${places.join(', ')})`)
      db.exec('begin')
      for (const row of rows) statement.run(...row)
      db.exec('commit')
    },
    async finish() {
      for (const { sql } of dropped) db.exec(String(sql))
      db.exec('pragma journal_mode = wal')
      db.close()
    },
  }
}

/** Needs a superuser, who may skip the foreign keys. */
export async function bulkPostgres(url: string): Promise<Bulk> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const settings = `set session_replication_role = replica; set synchronous_commit = off;
    set maintenance_work_mem = '1GB'; set work_mem = '256MB'; set enable_seqscan = on`
  await client.query(settings)
  const { rows: keys } = await client.query(`select conrelid::regclass as "table", conname as name,
      pg_get_constraintdef(oid) as text from pg_constraint
    where contype in ('p', 'u') and conrelid::regclass::text in ${inFilled}
      and conrelid::regclass::text <> 'users'`)
  for (const { table, name } of keys) await client.query(`alter table ${table} drop constraint ${name}`)
  const { rows: indexes } = await client.query(`select indexname as name, indexdef as text from pg_indexes
    where schemaname = current_schema() and tablename in ${inFilled}
      and indexname not in (select conname from pg_constraint)`)
  for (const { name } of indexes) await client.query(`drop index ${name}`)
  let last: Promise<unknown> = Promise.resolve()
  return {
    async run(text) {
      const hash = `substr(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 1, 43)`
      await last
      await client.query(
        text
          .replaceAll('new_id', `substr(replace(gen_random_uuid()::text, '-', ''), 1, 22)`)
          .replaceAll('new_hash', hash),
      )
    },
    async insert(table, columns, rows) {
      const types = columns.split(',').map((_, place) => {
        const isNumber = rows.some((row) => typeof row[place] === 'number')
        return isNumber ? 'bigint' : 'text'
      })
      const lists = types.map((_, place) => rows.map((row) => row[place]))
      const given = types.map((type, place) => `$${place + 1}::${type}[]`)
      // The rows of one call are made while PostgreSQL stores those of the previous one.
      const before = last
      last = client.query(
        `insert into ${table} (${columns}) select * from unnest(${given.join(', ')})`,
        lists,
      )
      await before
    },
    async finish() {
      await last
      for (const { table, name, text } of keys)
        await client.query(`alter table ${table} add constraint ${name} ${text}`)
      for (const { text } of indexes) await client.query(text)
      await client.query('vacuum analyze')
      await client.end()
    },
  }
}
