import { type Random, randomId } from '#src/platform/random.ts'

let recorded = 0

/**
 * Unique everywhere. Events of one process in the same millisecond sort in the order in which they were
 * recorded: `user.signed_in` comes before the `session.ended` that it caused.
 */
export function newEventId(random: Random): string {
  recorded += 1
  return `${recorded.toString(36).padStart(8, '0')}${randomId(random)}`
}
