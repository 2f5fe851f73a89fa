import type { Policy } from '#src/limits/limit.ts'

const minuteMs = 60_000

type Row = Policy & {
  /** What takes an attempt out of a bucket, for the reference. */
  readonly counts: string
}

/**
 * Every limit there is. Those by address are wide, because a whole office may sit behind one; those by login,
 * browser and user are narrow, because they count wrong passwords only.
 */
export const policies = {
  signin: {
    name: 'signin',
    counts: 'every sign-in from an address',
    quota: 300,
    windowMs: 10 * minuteMs,
    keptIn: 'database',
  },
  signup: {
    name: 'signup',
    counts: 'every sign-up from an address',
    quota: 100,
    windowMs: 60 * minuteMs,
    keptIn: 'database',
  },
  // A refresh token cannot be guessed, so this one is about load.
  refresh: {
    name: 'refresh',
    counts: 'every refresh from an address',
    quota: 3000,
    windowMs: 10 * minuteMs,
    keptIn: 'memory',
  },
  login: {
    name: 'login',
    counts: 'wrong passwords under a login, known or not, from browsers that never signed in under it',
    quota: 20,
    windowMs: 20 * minuteMs,
    keptIn: 'database',
  },
  // So that a stolen cookie is no free pass.
  known_browser: {
    name: 'known_browser',
    counts: 'wrong passwords from a browser that has signed in before',
    quota: 20,
    windowMs: 20 * minuteMs,
    keptIn: 'database',
  },
  known_browsers: {
    name: 'known_browsers',
    counts: 'wrong passwords of a user from all browsers that have signed in before',
    quota: 60,
    windowMs: 20 * minuteMs,
    keptIn: 'database',
  },
  // Each session is a row, a line of history and an audit event.
  session: {
    name: 'session',
    counts: 'successful sign-ins of a user',
    quota: 120,
    windowMs: 60 * minuteMs,
    keptIn: 'database',
  },
  crowded_out: {
    name: 'crowded_out',
    counts: 'audit events about sessions of a user that made room for new ones',
    quota: 1,
    windowMs: 60 * minuteMs,
    keptIn: 'memory',
  },
  second_factor: {
    name: 'second_factor',
    counts: 'codes and other second factors of a user that were wrong',
    quota: 20,
    windowMs: 60 * minuteMs,
    keptIn: 'database',
  },
  password: {
    name: 'password',
    counts: 'the current password, asked again of somebody who is signed in',
    quota: 10,
    windowMs: 10 * minuteMs,
    keptIn: 'database',
  },
  // Each of them stays in the audit log for ever.
  profile: {
    name: 'profile',
    counts: 'changes that users make of their own names',
    quota: 60,
    windowMs: 60 * minuteMs,
    keptIn: 'database',
  },
  // Each stays in the audit log.
  passkeys: {
    name: 'passkeys',
    counts: 'passkeys that a user adds or removes',
    quota: 60,
    windowMs: 60 * minuteMs,
    keptIn: 'database',
  },
  // A challenge is a row for five minutes.
  passkey_options: {
    name: 'passkey_options',
    counts: 'challenges for passkeys, by address, or by user once signed in',
    quota: 600,
    windowMs: 10 * minuteMs,
    keptIn: 'memory',
  },
  // They read and write more than any other call.
  export: {
    name: 'export',
    counts: 'exports of all that is stored about a user, by that user',
    quota: 10,
    windowMs: 10 * minuteMs,
    keptIn: 'memory',
  },
} as const satisfies Record<string, Row>
