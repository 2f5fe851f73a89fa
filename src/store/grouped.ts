import { systemClock } from '#src/platform/clock.ts'
import { DatabaseAway, type Db } from '#src/store/db.ts'
import { assertOutsideWork } from '#src/store/work.ts'

type Grouping<Call, Outcome> = {
  /** Calls with the same key never share a group: the later one sees what the earlier one did. */
  readonly keyOf: (call: Call) => string
  /** Decides as many of the calls as it can, in one transaction, and returns their outcomes by their keys. */
  readonly together: (calls: readonly Call[]) => Promise<ReadonlyMap<string, Outcome>>
  /** Decides one call: one that waits alone, or that `together` has left out. */
  readonly alone: (call: Call) => Promise<Outcome>
}

type Waiting<Call, Outcome> = {
  readonly call: Call
  readonly resolve: (outcome: Outcome | Promise<Outcome>) => void
  readonly reject: (error: unknown) => void
}

/** Two, so that the database works for one group while this process prepares or answers the other. */
const groupsAtOnce = 2
/** So few that the rows of a group are locked for milliseconds. */
const maxCalls = 64
/** A group may wait for a lock. After this time, others no longer wait for it. */
const maxHoldUpMs = 100

/**
 * On PostgreSQL, lets calls that wait at the same time share their statements and their commit: with each
 * call, most of the time is spent on sending, planning and answering statements, not on rows. No call is
 * answered before its group has ended. If a group fails, each of its calls is decided alone and gets its own
 * outcome or error, unless the database is unavailable or the commit may have happened. On SQLite a statement
 * costs little, and calls share commits anyway.
 */
export function grouped<Call, Outcome>(
  { dialect }: Pick<Db, 'dialect'>,
  grouping: Grouping<Call, Outcome>,
): (call: Call) => Promise<Outcome> {
  if (dialect === 'sqlite') return grouping.alone
  let waiting: Waiting<Call, Outcome>[] = []
  const running = { groups: 0, calls: 0 }
  let isScheduled = false

  function schedule(): void {
    if (isScheduled || waiting.length === 0 || running.groups === groupsAtOnce) return
    isScheduled = true
    // After the poll phase of the event loop, so that all calls that arrived in it share the first group.
    setImmediate(start)
  }

  function start(): void {
    isScheduled = false
    while (waiting.length > 0 && running.groups < groupsAtOnce) {
      // Groups of equal size: beside a small one, the database would be idle while a large one is answered.
      const share = Math.ceil((waiting.length + running.calls) / groupsAtOnce)
      const { group, others } = firstOf(waiting, Math.min(share, maxCalls), grouping.keyOf)
      waiting = others
      running.groups++
      running.calls += group.length
      void whileRunning(decide(group, grouping), () => {
        running.groups--
        running.calls -= group.length
        schedule()
      })
    }
  }

  return async (call) => {
    assertOutsideWork()
    return new Promise((resolve, reject) => {
      waiting.push({ call, resolve, reject })
      schedule()
    })
  }
}

/** Calls `end` once: when the group has ended, or when it takes so long that it must not hold up others. */
async function whileRunning(running: Promise<void>, end: () => void): Promise<void> {
  let isSlow = false
  const cancel = systemClock.after(maxHoldUpMs, () => {
    isSlow = true
    end()
  })
  await running
  cancel()
  if (!isSlow) end()
}

/** The first calls of the line that have different keys. */
function firstOf<Call, Outcome>(
  line: readonly Waiting<Call, Outcome>[],
  max: number,
  keyOf: (call: Call) => string,
): { group: Waiting<Call, Outcome>[]; others: Waiting<Call, Outcome>[] } {
  const keys = new Set<string>()
  const group: Waiting<Call, Outcome>[] = []
  const others: Waiting<Call, Outcome>[] = []
  for (const one of line) {
    const key = keyOf(one.call)
    if (group.length < max && !keys.has(key)) group.push(one)
    else others.push(one)
    keys.add(key)
  }
  return { group, others }
}

/** Resolves when the group has ended; calls that are decided alone after it may take longer. */
async function decide<Call, Outcome>(
  group: readonly Waiting<Call, Outcome>[],
  { keyOf, together, alone }: Grouping<Call, Outcome>,
): Promise<void> {
  const [only, ...others] = group
  if (only && others.length === 0) {
    const outcome = alone(only.call)
    only.resolve(outcome)
    await outcome.catch(() => {})
    return
  }
  try {
    const outcomes = await together(group.map(({ call }) => call))
    for (const { call, resolve } of group) {
      const key = keyOf(call)
      resolve(outcomes.has(key) ? (outcomes.get(key) as Outcome) : alone(call))
    }
  } catch (error) {
    for (const { call, resolve, reject } of group) {
      if (error instanceof DatabaseAway) reject(error)
      else resolve(alone(call))
    }
  }
}
