import { alone, type Mutation, sqlite } from '#test/mutations/mutation.ts'

const alike = '6. Known and unknown look alike'
const itself = '7. A request decides nothing about itself'
const outward = '8. Nothing is fetched outward'
const whose = 'Whose it is'
const pages = 'Pages and cookies'
const proxies = 'For proxies'

export const ofTheWire: readonly Mutation[] = [
  {
    promise: alike,
    without: 'an unknown login costs a hash, too',
    file: 'passwords/hash.ts',
    from: 'verify(passwordHash ?? decoy, normalizePassword(password))',
    to: `(async () =>
      passwordHash ? verify(passwordHash, normalizePassword(password)) : decoy === password)()`,
    caughtBy: sqlite('sign-in/timing', 'take as long whether the login is known, unknown or disabled'),
  },
  {
    promise: alike,
    without: 'who is disabled is told so no more than anybody',
    file: 'sign-in/sign-in.ts',
    from: `await recordFailure(world, { user, client, method: 'password' })`,
    to: `await recordFailure(world, { user, client, method: 'password' })
  if (user && proven) throw new Refusal('forbidden')`,
    caughtBy: sqlite('sign-in/alike', 'is told the same, whether unknown, wrong or disabled'),
  },
  {
    promise: alike,
    without: 'an unknown login is written down, too',
    file: 'sign-in/sign-in.ts',
    from: `await recordFailure(world, { user, client, method: 'password' })`,
    to: `if (user) await recordFailure(world, { user, client, method: 'password' })`,
    caughtBy: sqlite('sign-in/alike', 'is written down in one line, whether unknown, wrong or disabled'),
  },
  {
    promise: alike,
    without: 'guesses of an unknown login are counted',
    file: 'sign-in/guesses.ts',
    from: 'const counted = await count(world, subject)',
    to: `const isFree = { kind: 'counted', fullInMs: 0 } as const
  const counted = guess.user ? await count(world, subject) : isFree`,
    caughtBy: sqlite('limits/guesses', 'under an unknown login go the same way as under a known one'),
  },
  {
    promise: itself,
    without: 'only a trusted proxy is believed about who called',
    file: 'addresses.ts',
    from: 'if (!inCidrs(address, trusted)) return address',
    to: '',
    caughtBy: alone('addresses', 'does not believe a stranger about who called'),
  },
  {
    promise: itself,
    without: 'a body has no key but the known ones',
    file: 'sign-in/http.ts',
    from: 'const SignUpBody = z.strictObject({',
    to: 'const SignUpBody = z.looseObject({',
    caughtBy: sqlite('sign-in/bodies', 'gives nobody what only others may give'),
  },
  {
    promise: itself,
    without: 'a way back is a path',
    file: 'pages/next.ts',
    from: String.raw`if (!/^\/(?![/\\])[^\\\p{C}]*$/u.test(wish)) return undefined`,
    to: '',
    caughtBy: alone('pages/next', 'goes nowhere but to a path of this origin'),
  },
  {
    promise: itself,
    without: 'a call with a cookie comes from our own or a listed origin',
    file: 'http/mount.ts',
    from: 'if (route.fromNoOtherSite || isMadeWithCookie) refuse',
    to: 'if (route.fromNoOtherSite && !isMadeWithCookie) refuse',
    caughtBy: sqlite(
      'http/cross-site',
      'with a cookie changes something from our own and listed origins alone',
    ),
  },
  {
    promise: itself,
    without: 'a sign-in comes from our own or a listed origin, also without a cookie',
    file: 'http/mount.ts',
    from: 'if (route.fromNoOtherSite || isMadeWithCookie) refuse',
    to: 'if (isMadeWithCookie) refuse',
    caughtBy: sqlite(
      'http/cross-site',
      'that begins a session is let through from our own and listed origins',
    ),
  },
  {
    promise: itself,
    without: 'a form comes from our own or a listed origin, also without a cookie',
    file: 'routes.ts',
    from: "fromNoOtherSite: method === 'POST'",
    to: 'fromNoOtherSite: false',
    caughtBy: sqlite('http/cross-site', 'is taken from our own and listed origins alone'),
  },
  {
    promise: itself,
    without: 'a new address is unverified',
    file: 'users/users.sql.ts',
    from: `email_verified_at = case when email = \${email} then email_verified_at end, email`,
    to: 'email',
    caughtBy: sqlite('administration/users', 'a new email is unverified, though the old one was proven'),
  },
  {
    promise: outward,
    without: 'nobody fetches',
    file: 'sign-in/sign-up.ts',
    from: 'const email = checkedEmail(wish.email)',
    to: `const email = checkedEmail(wish.email)
  await fetch('https://example.org').catch(() => undefined)`,
    caughtBy: alone('house', 'every file of the server opens no connection but to its database'),
  },
  {
    promise: whose,
    without: 'a role opens what it is for',
    file: 'guards.ts',
    from: `if (!caller.roles.includes(role)) throw new Refusal('forbidden')`,
    to: '',
    caughtBy: sqlite('http/matrix', 'user'),
  },
  {
    promise: whose,
    without: 'a session is ended by whose it is',
    file: 'sessions/end.ts',
    from: 'if (session?.userId !== userId) return undefined',
    to: 'if (!session || userId === session.id) return undefined',
    caughtBy: sqlite('me/sessions', 'only mine are there for me'),
  },
  {
    promise: whose,
    without: 'a verifier key is sent beside its own name',
    file: 'guards.ts',
    from: 'const isNamed = said?.name === undefined || said.name === verifier?.name',
    to: 'const isNamed = said !== verifier',
    caughtBy: sqlite('oidc/oauth', 'a key is taken by Bearer, or by Basic beside its name'),
  },
  {
    promise: pages,
    without: 'a page allows nothing that it does not need',
    file: 'pages/layout.ts',
    from: `"default-src 'none'",`,
    to: '',
    caughtBy: sqlite('pages/protection', 'allows a browser nothing that it does not need'),
  },
  {
    promise: pages,
    without: 'what comes from outside is text',
    file: 'http/html.ts',
    from: 'const made = template(strings, ...children)',
    to: `const whole = [String.raw({ raw: strings }, ...children.flat(9).map((one) => one || ''))]
  const made = template(Object.assign(whole, { raw: whole }) as never)`,
    caughtBy: sqlite('pages/protection', 'is text in names'),
  },
  {
    promise: pages,
    without: 'no script reads a cookie',
    file: 'http/cookies.ts',
    from: `if (kind.httpOnly) parts.push('HttpOnly')`,
    to: '',
    caughtBy: sqlite('tokens/cookies', 'is told apart by attributes that keep scripts and other sites away'),
  },
  {
    promise: pages,
    without: 'over https no other host can set a cookie of ours',
    file: 'http/cookies.ts',
    from: 'return secure ? kind.prefix + kind.name : kind.name',
    to: 'return secure ? kind.name : kind.name',
    caughtBy: sqlite('tokens/cookies', 'are secure and have names that no sub-domain can set'),
  },
  {
    promise: proxies,
    without: 'a dead token is no 2xx',
    file: 'tokens/forward-auth.ts',
    from: `if (verdict?.kind !== 'accepted') throw`,
    to: `if (!verdict || !('token' in verdict)) throw`,
    caughtBy: sqlite('journeys/seeds-mistakes', 'is a no for nginx, which takes any 2xx for a yes'),
  },
  {
    promise: proxies,
    without: 'no cache keeps what was said to somebody',
    file: 'http/answer.ts',
    from: `{ 'cache-control': 'no-store' }`,
    to: '{}',
    caughtBy: sqlite('http/methods', 'keeps what was said to somebody, or sets a cookie'),
  },
  {
    promise: proxies,
    without: 'no cache keeps a yes',
    file: 'tokens/forward-auth.ts',
    from: `'cache-control': 'no-store',`,
    to: '',
    caughtBy: sqlite('journeys/seeds-mistakes', 'is a no for nginx, which takes any 2xx for a yes'),
  },
  {
    promise: proxies,
    without: 'an email that nobody proved is not handed on',
    file: 'tokens/forward-auth.ts',
    from: '...(email_verified ? {',
    to: '...(email_verified || email ? {',
    caughtBy: sqlite('http/methods', 'tells who it is, in plain ASCII, and an email only where it is proven'),
  },
  {
    promise: proxies,
    without: 'the role that a proxy asks for is needed',
    file: 'tokens/forward-auth.ts',
    from: `if (lacksRole) throw new Refusal('forbidden')`,
    to: `if (lacksRole && !verdict) throw new Refusal('forbidden')`,
    caughtBy: sqlite('http/methods', 'needs one of the roles that are asked for, whichever'),
  },
]
