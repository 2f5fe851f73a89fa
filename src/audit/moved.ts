import { isHere, lockInstance, movedAtOf, setMoved } from '#src/audit/moved.sql.ts'
import { type Instant, rfc3339 } from '#src/platform/clock.ts'
import type { FailureCode } from '#src/platform/operator-error.ts'
import { DatabaseAway, type Db, type Query } from '#src/store/db.ts'
import { migrationStatus } from '#src/store/migrate.ts'
import { migration as audit } from '#src/store/migrations/0006-audit.ts'
import { migrations } from '#src/store/migrations/all.ts'

/** The instance was moved to another database, which would not contain a change made in this one. */
export class DatabaseMoved extends DatabaseAway {
  override name = 'DatabaseMoved'

  constructor(at: Instant) {
    super(
      `This instance was exported on ${rfc3339(at)} to be imported elsewhere. Start it there; to continue ` +
        'here, `sigil restore FILE --replace`, which signs everybody out. ' +
        '`sigil export FILE` writes the file again.',
    )
  }

  get failureCode(): FailureCode {
    return 'moved'
  }
}

/** Returns when the instance was exported from this database; undefined also before its first migrations. */
export async function whenMoved(db: Db): Promise<Instant | undefined> {
  const status = await migrationStatus(db, migrations)
  const canTell = status.some(({ id, appliedAt }) => id === audit.id && appliedAt !== undefined)
  return canTell ? movedAtOf(db.query) : undefined
}

/** For a starting process: later changes are checked by `stayHere`. */
export async function refuseMoved(db: Db): Promise<void> {
  const at = await whenMoved(db)
  if (at !== undefined) throw new DatabaseMoved(at)
}

/**
 * A step: prevents an export until this transaction has ended. Throws if the instance was already exported.
 */
export async function stayHere(query: Query): Promise<void> {
  if (await isHere(query)) return
  const at = await movedAtOf(query)
  throw at === undefined ? new Error('The table `instance` has no row to be locked') : new DatabaseMoved(at)
}

/**
 * A step, before anything else: waits for running transactions that change something, and blocks new ones.
 */
export async function prepareToMove(query: Query): Promise<void> {
  await lockInstance(query)
}

/** A step: after its commit, audited changes fail in this database, and no node starts on it. */
export async function moveAway(query: Query, at: Instant): Promise<void> {
  await setMoved(query, at)
}

/** A step: the database that the file came from may be marked as exported; this one is not. */
export async function arrive(query: Query): Promise<void> {
  await setMoved(query, null)
}
