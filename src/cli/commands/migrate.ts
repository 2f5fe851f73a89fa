import { z } from 'zod'
import { refuseMoved } from '#src/audit/moved.ts'
import { exits, failure, type Store, storeCommand, told } from '#src/cli/command.ts'
import { columns } from '#src/cli/help.ts'
import { rfc3339 } from '#src/platform/clock.ts'
import { migrate, migrationStatus } from '#src/store/migrate.ts'
import { migrations } from '#src/store/migrations/all.ts'
import { forDialect, textOf } from '#src/store/statement.ts'

export const migrateCommand = storeCommand({
  name: 'migrate',
  summary: 'Bring the database up to this release. A server does the same when it starts.',
  operands: [],
  flags: {
    status: { kind: 'switch', summary: 'Only list what the database has learnt, and when.' },
    'dry-run': { kind: 'switch', summary: 'Only print what would be run.' },
  },
  input: z.strictObject({ status: z.literal(true).optional(), 'dry-run': z.literal(true).optional() }),
  run: async (store, input) => {
    const isDryRun = input['dry-run'] === true
    if (input.status && isDryRun) {
      return failure(exits.usage, 'usage', ['Give --status or --dry-run, not both.'])
    }
    if (input.status) return showStatus(store)
    return isDryRun ? showPending(store) : apply(store)
  },
})

async function apply({ db, clock }: Store) {
  await refuseMoved(db)
  const applied = await migrate(db, clock, migrations)
  const lines = applied.length === 0 ? ['The database is up to date.'] : applied.map((id) => `Applied ${id}.`)
  return told(lines, { applied })
}

async function showStatus({ db }: Store) {
  const status = await migrationStatus(db, migrations)
  const rows = status.map(({ id, appliedAt }) => ({
    id,
    applied_at: appliedAt === undefined ? null : rfc3339(appliedAt),
  }))
  const table = [['MIGRATION', 'APPLIED'], ...rows.map((row) => [row.id, row.applied_at ?? 'not yet'])]
  return told(columns(table), {
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
  return told(lines.length === 0 ? ['The database is up to date: nothing would be run.'] : lines, { pending })
}

type Statement = (typeof migrations)[number]['statements'][number]

function printed(dialect: Store['db']['dialect'], statement: Statement): string[] {
  const chosen = forDialect(dialect, statement)
  const text = textOf(chosen, (position) => literal(chosen.values[position - 1]))
  return `${text};`.split('\n')
}

/** What is bound when it is run, written out for the reader. */
function literal(value: string | number | null | undefined): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value)
}
