import { type Clock, systemClock } from '#src/platform/clock.ts'

/**
 * The system clock without waiting, for restores, which wait until new tokens differ from old ones in time.
 */
export const noWaitClock: Clock = { ...systemClock, after: (_ms, act) => systemClock.after(0, act) }
