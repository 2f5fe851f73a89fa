/**
 * For a statement of a transaction whose result is not needed: the commit waits for it, and fails if it
 * failed. Its promise still needs a handler, because Node ends a process on an unhandled rejection.
 */
export function sendAlong(statement: Promise<unknown>): void {
  statement.catch(() => {})
}
