import { alone, type Mutation, sqlite } from '#test/mutations/mutation.ts'

/** Apps on their own hosts: trusted hosts, the scope of tickets, and rules for paths. */
export const hosts: readonly Mutation[] = [
  {
    without: 'a host is accepted only from a trusted proxy',
    guard: /if \(!isTrusted \|\| host === undefined\)/,
    becomes: 'if (host === undefined)',
    caughtBy: sqlite('forward-auth/site-sign-in'),
  },
  {
    without: 'a host is accepted only from a trusted proxy, even from memory',
    guard: /if \(!site \|\| !isTrusted\(request\.socket\)\)/,
    becomes: 'if (!site)',
    caughtBy: sqlite('forward-auth/site-sign-in'),
  },
  {
    without: 'a ticket gives access to one app',
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
    without: 'changed rules take effect at once, although nodes cache them',
    in: 'replaceSite',
    guard: /return revoke\([^\n]*\)/,
    becomes: 'return before ? [] : []',
    caughtBy: sqlite('forward-auth/ticket-end'),
  },
  {
    without: 'users of a third-party app are asked for consent',
    in: 'hasConsent',
    guard: /if \(app\.isFirstParty\) /,
    becomes: '',
    caughtBy: sqlite('forward-auth/consent'),
  },
  {
    without: 'a path has to meet the rules of all its readings',
    guard: /readings\.flatMap\(\(reading\) => bothCases\(rules, reading\)\)/,
    becomes: '[requirementAt(rules, path)]',
    caughtBy: alone('apps/path-rules'),
  },
]
