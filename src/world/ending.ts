import { perWorld } from '#src/world/world.ts'

/**
 * Aborted when the server begins to stop. From then on it reports that it is not ready and closes connections
 * after their response, and endpoints that hold a request open should respond.
 */
export const ending = perWorld(() => new AbortController())
