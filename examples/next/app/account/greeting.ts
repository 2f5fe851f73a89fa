import { currentToken } from '@sigil/verify/next'
import { verifier } from '../../verifier.ts'

/**
 * The text of `app/account/page.tsx`, where `headers` is `await headers()` from `next/headers`. The proxy has checked
 * the token already; checking it again keeps the page protected if someone changes the matcher.
 */
export async function greeting(headers: Headers): Promise<string> {
  const token = await currentToken(verifier, headers)
  return token ? `Hello ${token.username ?? token.email}` : 'Sign in first.'
}
