import { perWorld } from '#src/world/world.ts'

/**
 * Aborted when the server begins to end. From then on it says that it is not ready, keeps no connection, and
 * whoever holds a call open to wait for news should answer it.
 */
export const ending = perWorld(() => new AbortController())
