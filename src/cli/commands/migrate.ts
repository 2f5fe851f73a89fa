import { z } from 'zod'
import { refuseMoved } from '#src/audit/moved.ts'
import { failure, type Store, storeCommand, success } from '#src/cli/command.ts'
import { columns } from '#src/cli/help.ts'
import { rfc3339 } from '#src/platform/clock.ts'
import { migrate, migrationStatus } from '#src/store/migrate.ts'
import { migrations } from '#src/store/migrations/all.ts'
import { forDialect, textOf, valuesOf } from '#src/store/statement.ts'

export const migrateCommand = storeCommand({
  name: 'migrate',
  creates: (input) => (input.status || input['dry-run'] ? 'nothing' : 'database'),
  summary: 'Run the pending migrations. A server also does this when it starts.',
  operands: [],
  flags: {
    status: {
      kind: 'switch',
      summary: 'List the migrations and when they were applied, without running any.',
    },
    'dry-run': { kind: 'switch', summary: 'Print the statements without running them.' },
  },
  input: z.strictObject({ status: z.literal(true).optional(), 'dry-run': z.literal(true).optional() }),
  run: async (store, input) => {
    const isDryRun = input['dry-run'] === true
    if (input.status && isDryRun) {
      return failure('usage', ['Use either --status or --dry-run.'])
    }
    if (input.status) return showStatus(store)
    return isDryRun ? showPending(store) : apply(store)
  },
})

async function apply({ db, clock }: Store) {
  await refuseMoved(db)
  const applied = await migrate(db, clock, migrations)
  const lines = applied.length === 0 ? ['The database is up to date.'] : applied.map((id) => `Applied ${id}.`)
  return success(lines, { applied })
}

async function showStatus({ db }: Store) {
  const status = await migrationStatus(db, migrations)
  const rows = status.map(({ id, appliedAt }) => ({
    id,
    applied_at: appliedAt === undefined ? null : rfc3339(appliedAt),
  }))
  const table = [['MIGRATION', 'APPLIED'], ...rows.map((row) => [row.id, row.applied_at ?? 'pending'])]
  return success(columns(table), {
    migrations: rows,
    pending: rows.filter(({ applied_at }) => applied_at === null).map(({ id }) => id),
  })
}

async function showPending({ db }: Store) {
  const status = await migrationStatus(db, migrations)
  const pending = status.filter(({ appliedAt }) => appliedAt === undefined).map(({ id }) => id)
  const lines = migrations
    .filter(({ id }) => pending.includes(id))
    .flatMap(({ id, statements }) => [
      `-- ${id}`,
      ...statements.flatMap((one) => printed(db.dialect, one)),
      '',
    ])
  return success(lines.length === 0 ? ['The database is up to date.'] : lines, { pending })
}

type Statement = (typeof migrations)[number]['statements'][number]

function printed(dialect: Store['db']['dialect'], statement: Statement): string[] {
  const chosen = forDialect(dialect, statement)
  const values = valuesOf(chosen)
  const text = textOf(dialect, chosen, (position) => literal(values[position - 1]))
  return `${text};`.split('\n')
}

/** A bound value as a literal. */
function literal(value: string | number | null | undefined): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value)
}
