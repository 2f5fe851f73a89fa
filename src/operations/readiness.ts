import { proveWritable } from '#src/keys/prove-writable.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { wallClock } from '#src/revocations/log/wall-clock.ts'
import { migrationStatus, NewerSchema } from '#src/store/migrate.ts'
import { migrations } from '#src/store/migrations/all.ts'
import { ending } from '#src/world/ending.ts'
import { perWorld, type World } from '#src/world/world.ts'

export type Check = { readonly name: string; readonly ok: boolean }

const toleranceMs = 5 * 60 * 1000
/** Anybody may ask, and each answer costs a write: so many callers share one. */
const keptMs = 1000
const patienceMs = 2000

/** Everything that this server needs to do its work, and whether it is so. Never faults. */
export async function readiness(world: World): Promise<Check[]> {
  const database = await stateOfDatabase(world).ask()
  return [
    { name: 'database_writable', ok: database.isWritable },
    { name: 'migrated', ok: database.isMigrated },
    { name: 'keys_loaded', ok: hasKeys(world) },
    { name: 'clock_sane', ok: isClockSane(world, database) },
    { name: 'revocations_known', ok: await knowsRevocations(world) },
    { name: 'not_draining', ok: !ending(world).signal.aborted },
  ]
}

type StateOfDatabase = {
  readonly isWritable: boolean
  readonly isMigrated: boolean
  /** A moment in the database that has passed: a clock that says otherwise was set back. */
  readonly newestMoment: number
}

const unknown: StateOfDatabase = { isWritable: false, isMigrated: false, newestMoment: 0 }

/** By another clock tokens would live too long or too short, and so would what is known to be dead. */
function isClockSane(world: World, { newestMoment }: StateOfDatabase): boolean {
  const now = world.clock.now()
  const isSetBack = now < newestMoment - toleranceMs || now < revocationNode(world).log.droppedUntil
  return !isSetBack && !wallClock(world).isOff(now)
}

const stateOfDatabase = perWorld((world) => {
  let askedAt = Number.NEGATIVE_INFINITY
  let state: Promise<StateOfDatabase> = Promise.resolve(unknown)
  return {
    ask(): Promise<StateOfDatabase> {
      const now = world.clock.monotonic()
      if (now - askedAt >= keptMs) {
        askedAt = now
        state = within(world, lookAtDatabase(world), unknown)
      }
      return state
    },
  }
})

async function lookAtDatabase(world: World): Promise<StateOfDatabase> {
  const { db, log } = world
  try {
    // A commit that goes to the disk, though it changes nothing: only that notices a full or a read-only one,
    // and a database that has become a standby.
    await proveWritable(db.query)
    await wallClock(world).look()
    return { isWritable: true, ...(await stateOfSchema(world)) }
  } catch (error) {
    log.warn({ error }, 'The database cannot be written')
    return unknown
  }
}

async function stateOfSchema({ db }: World): Promise<Omit<StateOfDatabase, 'isWritable'>> {
  try {
    const moments = (await migrationStatus(db, migrations)).map(({ appliedAt }) => appliedAt)
    const isMigrated = moments.every((at) => at !== undefined)
    return { isMigrated, newestMoment: Math.max(0, ...moments.map((at) => at ?? 0)) }
  } catch (error) {
    // The next release has begun to replace this one, which works on its schema until then.
    if (error instanceof NewerSchema) return { isMigrated: true, newestMoment: 0 }
    throw error
  }
}

function hasKeys({ keys }: World): boolean {
  try {
    return keys.signingKey() !== undefined && keys.macKey() !== undefined
  } catch {
    return false
  }
}

async function knowsRevocations(world: World): Promise<boolean> {
  const node = revocationNode(world)
  const sure = node.ensureLease().then(
    () => node.mayJudge(),
    () => false,
  )
  return within(world, sure, false)
}

/** Whoever asks has patience for seconds; a database that hangs is as bad as one that is away. */
function within<T>({ clock }: World, answer: Promise<T>, otherwise: T): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(patienceMs, () => resolve(otherwise))
    answer.then(resolve, reject).finally(cancel)
  })
}
