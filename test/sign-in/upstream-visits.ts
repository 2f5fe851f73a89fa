import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Client, Reply } from '#test/support/client.ts'
import { type IdentityProvider, providerEnv } from '#test/support/identity-provider.ts'
import { newEmail } from '#test/support/people.ts'

/** The settings of a server with a provider of each kind. */
export function providersOf(provider: IdentityProvider, other = provider): Record<string, string> {
  const providers = { company: provider.oidc, other: other.oidc, plain: provider.oauth }
  return { ...providerEnv, SIGIL_PROVIDERS: JSON.stringify(providers) }
}

/** A new person at the provider, whose email it has verified. */
export function newPerson(more: Record<string, unknown> = {}) {
  return { sub: randomUUID(), email: newEmail(), email_verified: true, name: 'Ada', ...more }
}

/** Goes to the provider. Returns the URL of its authorization endpoint. */
export async function startedAt(browser: Client, name = 'company', query = ''): Promise<string> {
  const reply = await browser.get(`/api/v1/auth/providers/${name}/start${query}`)
  assert.equal(reply.status, 303, reply.text)
  return reply.headers.location ?? ''
}

/** Goes to the provider, which approves, and returns. */
export async function visit(
  browser: Client,
  provider: IdentityProvider,
  { name = 'company', query = '' }: { name?: string; query?: string } = {},
): Promise<Reply> {
  return browser.get(await provider.authorize(await startedAt(browser, name, query)))
}

/** Whether this browser is signed in on the pages. */
export async function isSignedIn(browser: Client): Promise<boolean> {
  return (await browser.get('/account')).status === 200
}
