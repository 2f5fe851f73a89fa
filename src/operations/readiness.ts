import { proveWritable } from '#src/keys/prove-writable.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { wallClock } from '#src/revocations/log/wall-clock.ts'
import { hasDiskRoom } from '#src/store/disk-room.ts'
import { migrationStatus, NewerSchema } from '#src/store/migrate.ts'
import { migrations } from '#src/store/migrations/all.ts'
import { ending } from '#src/world/ending.ts'
import { perWorld, type World } from '#src/world/world.ts'

export type Check = { readonly name: string; readonly ok: boolean }

const clockToleranceMs = 5 * 60 * 1000
/** Anyone may call it, and each check costs a write, so callers share a result for this long. */
const cacheMs = 1000
const timeoutMs = 2000

/** Checks everything this server needs. Never throws. */
export async function readiness(world: World): Promise<Check[]> {
  const database = await stateOfDatabase(world).check()
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
  /** The newest moment in the database: a clock before it was set back. */
  readonly newestMoment: number
}

const unknown: StateOfDatabase = { isWritable: false, isMigrated: false, newestMoment: 0 }

/** With a wrong clock, tokens and revoked ids would expire too early or too late. */
function isClockSane(world: World, { newestMoment }: StateOfDatabase): boolean {
  return !isSetBack(world, newestMoment) && !wallClock(world).isOff(world.clock.now())
}

function isSetBack(world: World, newestMoment: number): boolean {
  const now = world.clock.now()
  return now < newestMoment - clockToleranceMs || now < revocationNode(world).log.droppedUntil
}

const clockSetBack =
  'The clock of this server is behind moments in the database: it was set back. Synchronize it with NTP'

const stateOfDatabase = perWorld((world) => {
  let checkedAt = Number.NEGATIVE_INFINITY
  let state: Promise<StateOfDatabase> = Promise.resolve(unknown)
  return {
    check(): Promise<StateOfDatabase> {
      const now = world.clock.monotonic()
      if (now - checkedAt >= cacheMs) {
        checkedAt = now
        state = within(world, checkDatabase(world), unknown)
      }
      return state
    },
  }
})

async function checkDatabase(world: World): Promise<StateOfDatabase> {
  const { db, log, settings } = world
  try {
    // A durable commit that changes nothing: the only way to notice a full or read-only disk, or a database
    // that has become a standby.
    await proveWritable(db.query)
    await wallClock(world).look()
    const isWritable = await hasDiskRoom(db, settings.dataDir)
    if (!isWritable) log.warn({}, 'The disk of the database is full')
    const schema = await stateOfSchema(world)
    if (isSetBack(world, schema.newestMoment)) log.warn({}, clockSetBack)
    return { isWritable, ...schema }
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
    // The next release is being rolled out. This one works with its schema until then.
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
  const canTell = node.ensureLease().then(
    () => node.mayJudge(),
    () => false,
  )
  return within(world, canTell, false)
}

/** A database that hangs is treated like an unavailable one, and callers wait only for seconds. */
function within<T>({ clock }: World, answer: Promise<T>, fallback: T): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(timeoutMs, () => resolve(fallback))
    answer.then(resolve, reject).finally(cancel)
  })
}
