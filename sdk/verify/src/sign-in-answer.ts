import type { SignInError } from './sign-in-error.ts'
import type { SignInConfig } from './sign-in-options.ts'

/** The response of a sign-in handler. */
export type SignInAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly cookies: readonly string[]
  readonly body: string
}

const noStore = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' } as const

export function redirect(location: string, cookies: readonly string[]): SignInAnswer {
  return { status: 303, headers: { location, ...noStore }, cookies, body: '' }
}

export function errorAnswer(
  { errorPath, signInPath }: SignInConfig,
  { code, status, title }: SignInError,
  cookies: readonly string[],
): SignInAnswer {
  if (errorPath !== undefined) return redirect(`${errorPath}?error=${code}`, cookies)
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'",
    ...noStore,
    ...(status === 503 ? { 'retry-after': '1' } : {}),
  }
  const page = [
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign in</title>',
    `<p>${title}</p><p><a href="${encodeURI(signInPath)}">Sign in</a></p></html>`,
  ]
  return { status, headers, cookies, body: page.join('\n') }
}

const problems = {
  401: { code: 'signed_out', detail: 'Sign in first.' },
  403: { code: 'cross_site', detail: 'This request came from another site.' },
  405: { code: 'method_not_allowed', detail: 'This method is not allowed here.' },
} as const

/** RFC 9457, in the shape of Sigil's own errors. */
export function problemAnswer(status: keyof typeof problems, allow?: string): SignInAnswer {
  const { code, detail } = problems[status]
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      ...noStore,
      ...(allow === undefined ? {} : { allow }),
      ...(status === 401 ? { 'www-authenticate': 'Cookie' } : {}),
    },
    cookies: [],
    body: JSON.stringify({ type: 'about:blank', title: detail, status, detail, code }),
  }
}
