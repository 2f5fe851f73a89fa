import type { Policy } from '#src/limits/limit.ts'

const minuteMs = 60_000

/**
 * Every limit there is. Those by address are wide, because a whole office may sit behind one; those by login,
 * browser and user are narrow, because they count wrong passwords only.
 */
export const policies = {
  /** By address: every sign-in. */
  signin: { name: 'signin', quota: 300, windowMs: 10 * minuteMs, keptIn: 'database' },
  /** By address: every sign-up. */
  signup: { name: 'signup', quota: 100, windowMs: 60 * minuteMs, keptIn: 'database' },
  /** By address: a refresh token cannot be guessed, so this one is about load. */
  refresh: { name: 'refresh', quota: 3000, windowMs: 10 * minuteMs, keptIn: 'memory' },
  /** By login, known or unknown: wrong passwords from browsers that never signed in under it. */
  login: { name: 'login', quota: 20, windowMs: 20 * minuteMs, keptIn: 'database' },
  /**
   * By browser: wrong passwords from one that has signed in before, so that a stolen cookie is no free pass.
   */
  known_browser: { name: 'known_browser', quota: 20, windowMs: 20 * minuteMs, keptIn: 'database' },
  /** By user: the current password, asked again of somebody who is signed in. */
  password: { name: 'password', quota: 10, windowMs: 10 * minuteMs, keptIn: 'database' },
  /** By user: changes of their own names, each of which stays in the audit log for ever. */
  profile: { name: 'profile', quota: 60, windowMs: 60 * minuteMs, keptIn: 'database' },
  /** By user: exports, which read and write more than any other call. */
  export: { name: 'export', quota: 10, windowMs: 10 * minuteMs, keptIn: 'memory' },
} as const satisfies Record<string, Policy>
