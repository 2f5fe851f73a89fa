import { alone, type Mutation, sqlite } from '#test/mutations/mutation.ts'

/** Apps on hosts of their own: which host counts, what a ticket opens, and what a path needs. */
export const hosts: readonly Mutation[] = [
  {
    without: 'a host counts only from a trusted proxy',
    guard: /if \(!isTrusted \|\| host === undefined\)/,
    becomes: 'if (host === undefined)',
    caughtBy: sqlite('forward-auth/site-sign-in'),
  },
  {
    without: 'a host counts only from a trusted proxy, from memory too',
    guard: /if \(!site \|\| !isTrusted\(socket\)\)/,
    becomes: 'if (!site)',
    caughtBy: sqlite('forward-auth/site-sign-in'),
  },
  {
    without: 'a ticket opens one app',
    guard: /ticket\?\.claims\.aud !== clientId/,
    becomes: '!ticket',
    caughtBy: sqlite('forward-auth/ticket'),
  },
  {
    without: 'a ticket names its session',
    guard: /(?<=revocationIdOf\(subject\), )sessionId/,
    becomes: 'grantId',
    caughtBy: sqlite('forward-auth/ticket-end'),
  },
  {
    without: 'a ticket names the signature of its user',
    guard: /(?<=revocationIdOf\(subject\), sessionId, )signature/,
    becomes: 'sessionId',
    caughtBy: sqlite('forward-auth/ticket-renewal'),
  },
  {
    without: 'a ticket is renewed only while its session lives',
    in: 'findTicketSubject',
    guard: / and sessions\.ended_at is null/,
    becomes: '',
    caughtBy: sqlite('forward-auth/ticket-renewal'),
  },
  {
    without: 'other rules hold at once, although nodes keep them in memory',
    in: 'replaceSite',
    guard: /return revoke\([^\n]*\)/,
    becomes: 'return before ? [] : []',
    caughtBy: sqlite('forward-auth/ticket-end'),
  },
  {
    without: 'users of an app of a third party are asked',
    in: 'hasConsent',
    guard: /if \(app\.isFirstParty\) /,
    becomes: '',
    caughtBy: sqlite('forward-auth/consent'),
  },
  {
    without: 'a path needs what each of its readings needs',
    guard: /readings\.flatMap\(\(reading\) => bothCases\(rules, reading\)\)/,
    becomes: '[requirementAt(rules, path)]',
    caughtBy: alone('apps/path-rules'),
  },
]
