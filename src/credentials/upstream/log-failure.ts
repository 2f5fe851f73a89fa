import type { Provider } from '#src/settings/providers.ts'
import type { World } from '#src/world/world.ts'

/**
 * For the operator. An error of the library may contain responses with tokens, so only its message is logged.
 */
export function logFailure({ log }: World, { name }: Provider, error: unknown): void {
  log.warn({ provider: name, reason: wordsOf(error) }, 'Signing in with an identity provider failed')
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  // RFC 6749 section 5.2: a fixed code such as `invalid_client`.
  const code = 'error' in error && typeof error.error === 'string' ? error.error.slice(0, 100) : undefined
  const cause = error.cause instanceof Error ? error.cause.message : undefined
  return [error.message, code, cause].filter((part) => part !== undefined).join(': ')
}
