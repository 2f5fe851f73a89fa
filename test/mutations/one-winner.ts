import { type Mutation, postgres, sqlite } from '#test/mutations/mutation.ts'

/** One conditional statement decides every race, and every sign-in passes one check. */
export const oneWinner: readonly Mutation[] = [
  {
    without: 'a refresh rotates only from the counter that was presented',
    in: 'rotateCounter',
    guard: / and counter = \$\{counter\}/,
    becomes: '',
    caughtBy: sqlite('races/refresh'),
  },
  {
    without: 'a refresh token that was used before is theft',
    guard: /\? 'repeat' : 'theft'/,
    becomes: "? 'repeat' : 'repeat'",
    caughtBy: sqlite('races/refresh'),
  },
  {
    without: 'the grace of a refresh token ends',
    guard: /&& now - session\.rotatedAt <= graceMs/,
    becomes: '',
    caughtBy: sqlite('tokens/refresh'),
  },
  {
    without: 'a session ends once',
    in: 'endSession',
    guard: / and ended_at is null/,
    becomes: '',
    caughtBy: sqlite('races/everywhere'),
  },
  {
    without: 'a sign-in makes room for one more session',
    guard: /maxSessions - 1/,
    becomes: 'maxSessions',
    caughtBy: sqlite('races/crowd'),
  },
  {
    without: 'removing an administrator locks the role first',
    in: 'isLastAdmin',
    guard: /await \w+\(query, 'admin', now\)/,
    becomes: '',
    caughtBy: postgres('administration/last-admin'),
  },
  {
    without: 'granting a role locks the user first',
    guard: /if \(!\(await lockUser\(query, userId\)\)\) (?=[^\n]*\n {2}if \(await hasRole)/,
    becomes: 'if (!lockUser) ',
    caughtBy: postgres('administration/roles'),
  },
  {
    without: 'a new password replaces only the one that was checked',
    in: 'replacePasswordHash',
    guard: / and coalesce\(password_hash, ''\) = \$\{[^}]*\}/,
    becomes: '',
    caughtBy: sqlite('races/changes'),
  },
  {
    without: 'an attempt is taken only from a bucket that has one',
    guard: /\n *where limits\.full_at \+ \$\{cost\} <= [^\n]* returning full_at/,
    becomes: ' returning full_at',
    caughtBy: sqlite('limits/count'),
  },
  {
    without: 'a code for the host of an app is used once',
    in: 'consumeSiteCode',
    guard: / and used_at is null/,
    becomes: '',
    caughtBy: sqlite('forward-auth/site-sign-in'),
  },
  {
    without: 'a code for the host of an app is good in the browser that set out',
    in: 'consumeSiteCode',
    guard: /and browser_hash = \$\{[^}]*\} /,
    becomes: '',
    caughtBy: sqlite('forward-auth/site-sign-in'),
  },
  {
    without: 'a sign-in checks the signature and the state again',
    in: 'markSignedIn',
    guard: / and signature = \$\{[\w.]+\} and state = 'active'/,
    becomes: '',
    caughtBy: sqlite('races/overtaken'),
  },
  {
    without: 'a sign-in checks the password again',
    in: 'markSignedIn',
    guard: /\n *and coalesce\(password_hash, ''\) = \$\{[^}]*\}/,
    becomes: '',
    caughtBy: sqlite('races/overtaken'),
  },
  {
    without: 'a refresh checks that the user is active',
    guard: /row\.user_state === 'active' \?/,
    becomes: 'row.user_state !== undefined ?',
    caughtBy: sqlite('races/overtaken'),
  },
  {
    without: 'a repeated refresh checks that the user is active',
    guard: /(?<= and expires_at > \$\{now\}) and (?:users\.)?state = 'active'/,
    becomes: '',
    caughtBy: sqlite('races/overtaken'),
  },
]
