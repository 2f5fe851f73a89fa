import { movedAtOf, setMoved, touchHead } from '#src/audit/audit.sql.ts'
import { type Instant, rfc3339 } from '#src/platform/clock.ts'
import type { CommandFailure } from '#src/platform/operator-error.ts'
import { DatabaseAway, type Db, type Query } from '#src/store/db.ts'
import { migrationStatus } from '#src/store/migrate.ts'
import { migration as audit } from '#src/store/migrations/0006-audit.ts'
import { migrations } from '#src/store/migrations/all.ts'

/** The instance lives in another database now: were anything changed here, nobody there would hear of it. */
export class DatabaseMoved extends DatabaseAway {
  override name = 'DatabaseMoved'

  constructor(at: Instant) {
    super(
      `This instance was exported on ${rfc3339(at)} to be imported elsewhere. Start it there; to go on ` +
        'here, `sigil restore FILE --replace`, which signs everybody out. ' +
        '`sigil export FILE` writes the file again.',
    )
  }

  get commandFailure(): CommandFailure {
    return { code: 'moved', exit: 'conflict' }
  }
}

/** Returns when the instance was exported from this database; undefined also before its first migrations. */
export async function whenMoved(db: Db): Promise<Instant | undefined> {
  const status = await migrationStatus(db, migrations)
  const canTell = status.some(({ id, appliedAt }) => id === audit.id && appliedAt !== undefined)
  return canTell ? movedAtOf(db.query) : undefined
}

/** For whoever only begins: what it does later is refused where it is done. */
export async function refuseMoved(db: Db): Promise<void> {
  const at = await whenMoved(db)
  if (at !== undefined) throw new DatabaseMoved(at)
}

/** A step: the instance does not move away before this transaction has ended. Faults where it has. */
export async function stayHere(query: Query): Promise<void> {
  if (!(await touchHead(query))) await refuseAsMoved(query)
}

/** A step, for a head that let nobody take it. */
export async function refuseAsMoved(query: Query): Promise<never> {
  const at = await movedAtOf(query)
  throw at === undefined ? new Error('The audit log has a head that cannot be taken') : new DatabaseMoved(at)
}

/** A step: from its commit on, nothing that is audited is done here any more, and no node begins. */
export async function moveAway(query: Query, at: Instant): Promise<void> {
  await setMoved(query, at)
}

/** A step: what a file says of the database that it came from does not hold for the one it came to. */
export async function arrive(query: Query): Promise<void> {
  await setMoved(query, null)
}
