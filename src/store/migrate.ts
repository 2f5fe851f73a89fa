import type { Clock, Instant } from '#src/platform/clock.ts'
import type { FailureCode } from '#src/platform/operator-error.ts'
import type { Db, Query } from '#src/store/db.ts'
import { type PerDialect, perDialect, type Sql, sql } from '#src/store/sql.ts'

/** One step of the schema: `{ id: '0001-users', statements: [sql`...`] }`. A released one is never edited. */
export type Migration = { readonly id: string; readonly statements: readonly (Sql | PerDialect)[] }

export type MigrationStatus = { id: string; appliedAt: Instant | undefined }

/** The database was migrated by a later release, whose schema this one does not know. */
export class NewerSchema extends Error {
  override name = 'NewerSchema'
  readonly ids: readonly string[]

  constructor(ids: readonly string[]) {
    super(
      `The database has been migrated by a newer release (${ids.join(', ')}). ` +
        'Run that release, or restore a backup.',
    )
    this.ids = ids
  }

  get failureCode(): FailureCode {
    return 'newer_schema'
  }
}

/**
 * Applies the missing migrations in order and returns their ids. Each is a separate transaction, one at a
 * time across all processes: if several processes migrate at once, each migration is applied once, and after
 * a crash the next call continues.
 */
export async function migrate(db: Db, clock: Clock, migrations: readonly Migration[]): Promise<string[]> {
  assertOrdered(migrations)
  const status = await migrationStatus(db, migrations)
  const applied: string[] = []
  for (const { id } of status.filter(({ appliedAt }) => appliedAt === undefined)) {
    const migration = migrations.find((one) => one.id === id)
    if (migration && (await apply(db, clock, migration, migrations))) applied.push(id)
  }
  return applied
}

/** Returns the migrations of this release and when each was applied to the database. Writes nothing. */
export async function migrationStatus(db: Db, migrations: readonly Migration[]): Promise<MigrationStatus[]> {
  const [table] = await db.query(
    perDialect({
      sqlite: sql`select name from sqlite_master where type = 'table' and name = 'schema_migrations'`,
      postgres: sql`select relname as name from pg_class where oid = to_regclass('schema_migrations')`,
    }),
  )
  const applied = table ? await readApplied(db.query, migrations) : new Map<string, Instant>()
  return migrations.map(({ id }) => ({ id, appliedAt: applied.get(id) }))
}

function apply(db: Db, clock: Clock, migration: Migration, known: readonly Migration[]): Promise<boolean> {
  return db.exclusively(async (query) => {
    await query(sql`
      create table if not exists schema_migrations (id text primary key, applied_at bigint not null)`)
    // Checked again: another process may have applied it while this one waited for the lock.
    if ((await readApplied(query, known)).has(migration.id)) return false
    for (const statement of migration.statements) await query(statement)
    await query(sql`insert into schema_migrations (id, applied_at) values (${migration.id}, ${clock.now()})`)
    return true
  })
}

async function readApplied(query: Query, known: readonly Migration[]): Promise<Map<string, Instant>> {
  const rows = await query(sql`select id, applied_at from schema_migrations order by id`)
  const applied = new Map(rows.map((row) => [String(row.id), Number(row.applied_at)]))
  const unknown = [...applied.keys()].filter((id) => !known.some((migration) => migration.id === id))
  if (unknown.length > 0) throw new NewerSchema(unknown)
  return applied
}

function assertOrdered(migrations: readonly Migration[]): void {
  for (const [index, { id }] of migrations.entries()) {
    const previous = migrations[index - 1]
    if (previous && previous.id >= id) throw new Error(`Migration ${id} must not come after ${previous.id}.`)
  }
}
