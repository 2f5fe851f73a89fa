/**
 * For a statement of a transaction whose answer decides nothing: the commit waits for it, and fails where it
 * failed. Its own promise must be taken care of all the same, because Node ends a process in which one fails
 * that nobody looks at.
 */
export function sendAlong(statement: Promise<unknown>): void {
  statement.catch(() => {})
}
