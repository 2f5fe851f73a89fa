import type { Policy } from '#src/limits/limit.ts'

const minuteMs = 60_000

type Row = Policy & {
  /** The counted events, for the reference. */
  readonly counts: string
}

/**
 * All limits. Limits by IP address are generous, because a whole office may share one; limits by login,
 * browser and user are strict, because they count only wrong passwords.
 */
export const policies = {
  signin: {
    name: 'signin',
    counts: 'sign-ins from an IP address',
    quota: 300,
    windowMs: 10 * minuteMs,
    keptIn: 'database',
  },
  signup: {
    name: 'signup',
    counts: 'sign-ups from an IP address',
    quota: 100,
    windowMs: 60 * minuteMs,
    keptIn: 'database',
  },
  // Each waiting request is a row for an hour.
  authorize: {
    name: 'authorize',
    counts: 'authorization requests from an IP address',
    quota: 600,
    windowMs: 10 * minuteMs,
    keptIn: 'memory',
  },
  token: {
    name: 'token',
    counts: 'calls of the token endpoint from an IP address',
    quota: 3000,
    windowMs: 10 * minuteMs,
    keptIn: 'memory',
  },
  // Each creates a row, for at least a day.
  register: {
    name: 'register',
    counts: 'registrations of apps from an IP address',
    quota: 100,
    windowMs: 60 * minuteMs,
    keptIn: 'database',
  },
  // Refresh tokens cannot be guessed, so this limits load.
  refresh: {
    name: 'refresh',
    counts: 'refreshes from an IP address',
    quota: 3000,
    windowMs: 10 * minuteMs,
    keptIn: 'memory',
  },
  login: {
    name: 'login',
    counts: 'wrong passwords for a login, known or unknown, from browsers that have not signed in with it',
    quota: 20,
    windowMs: 20 * minuteMs,
    keptIn: 'database',
  },
  // A stolen cookie must not allow unlimited guesses.
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
  // Each session creates a row, a history entry and an audit event.
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
  device: {
    name: 'device',
    counts: 'visits of the page for device codes from an IP address',
    quota: 120,
    windowMs: 10 * minuteMs,
    keptIn: 'memory',
  },
  // A correct guess would connect the device of another user.
  device_codes: {
    name: 'device_codes',
    counts: 'wrong codes of devices that a user enters',
    quota: 20,
    windowMs: 60 * minuteMs,
    keptIn: 'database',
  },
  password: {
    name: 'password',
    counts: 'checks of the current password of a signed-in user',
    quota: 10,
    windowMs: 10 * minuteMs,
    keptIn: 'database',
  },
  // Counted by address, known or not: mailboxes are not flooded, and six digits cannot be guessed.
  messages: {
    name: 'messages',
    counts: 'emails with codes and links that are requested for an address',
    quota: 6,
    windowMs: 60 * minuteMs,
    keptIn: 'database',
  },
  codes: {
    name: 'codes',
    counts: 'codes that are entered for an email',
    quota: 30,
    windowMs: 60 * minuteMs,
    keptIn: 'database',
  },
  mail: {
    name: 'mail',
    counts: 'calls from an IP address that send an email or use one',
    quota: 100,
    windowMs: 60 * minuteMs,
    keptIn: 'database',
  },
  // Each change stays in the audit log forever.
  profile: {
    name: 'profile',
    counts: 'changes of names by a user',
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
  // Exports read and write more than any other call.
  export: {
    name: 'export',
    counts: 'exports of the data of a user',
    quota: 10,
    windowMs: 10 * minuteMs,
    keptIn: 'memory',
  },
} as const satisfies Record<string, Row>
