import { currentToken } from '@sigil/verify/next'
import { verifier } from '../../verifier.ts'

/**
 * What `app/account/page.tsx` shows; there `headers` is `await headers()` of `next/headers`. The proxy has looked
 * already, but a page that asks itself stays shut when somebody changes the matcher.
 */
export async function greeting(headers: Headers): Promise<string> {
  const token = await currentToken(verifier, headers)
  return token ? `Hello ${token.username ?? token.email}` : 'Sign in first.'
}
