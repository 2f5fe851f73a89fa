import { alone, type Mutation, postgres, sqlite } from '#test/mutations/mutation.ts'

/** Logout takes effect at once, everywhere, and stays. */
export const revocation: readonly Mutation[] = [
  {
    without: 'the end of a session is in the revocation log',
    guard: /revoke\(query, world, \{ kind: 'session', ids: \[sessionId\] \}\)/,
    becomes: '(revoke ? [] : [])',
    caughtBy: sqlite('journeys/story'),
  },
  {
    without: 'sessions that end together are in the revocation log',
    guard: /revoke\(query, world, \{ kind: 'session', ids: \[\.\.\.ids\] \}\)/,
    becomes: '[]',
    caughtBy: postgres('races/together'),
  },
  {
    without: 'a logout is answered once its entry has a place in the log',
    guard: /return placeWaiting\(world\)\(\)/,
    becomes: 'return Promise.resolve(0)',
    caughtBy: postgres('revocations/waiting-entries'),
  },
  {
    without: 'a repeated logout waits for entries without a place',
    guard: /const seq = areWaiting \? await placeWaiting\(world\)\(\) : head/,
    becomes: 'const seq = areWaiting ? head : head',
    caughtBy: postgres('revocations/waiting-entries'),
  },
  {
    without: 'all revoked ids are kept, not only the last one',
    guard: /const known = this\.#expiries\.get\(id\)/,
    becomes: 'const known = undefined\n      this.#expiries.clear()',
    caughtBy: sqlite('journeys/seeds-mistakes'),
  },
  {
    without: 'a token stops working with its session',
    guard: /ids\.some\(\(id\) => ([\w.]+)\.has\(id\)\)/,
    becomes: "$1.has(ids[0] ?? '')",
    caughtBy: sqlite('journeys/story'),
  },
  {
    without: 'a node reads the log before it judges',
    guard: /(?<=await port\.timeline[\s\S]*)this\.log\.apply\(await port\.fetch\([\w.]+\)\)/,
    becomes: '',
    caughtBy: sqlite('journeys/story'),
  },
  {
    without: 'a repeated logout on another node reads the log first',
    guard: /if \([\w.]*applied < seq\) await node\.catchUp\(\)/,
    becomes: '',
    caughtBy: alone('revocations/repeat-on-another-node'),
  },
  {
    without: 'a logout waits for every node',
    guard: /left\.length === 0 && /,
    becomes: '',
    caughtBy: alone('revocations/slow-node'),
  },
  {
    without: 'a logout waits for every verifier',
    guard: /node\.subLeases\.acked\(\) >= seq/,
    becomes: 'node.subLeases.acked() >= 0',
    caughtBy: { file: 'sdk/verify/test/live.test.ts', on: 'sqlite' },
  },
  {
    without: 'a repeated logout waits like the first one',
    in: 'endAlone',
    guard: /propagated: propagateAll\(world\)/,
    becomes: 'propagated: Promise.resolve({ everywhere: true, waitedMs: 0 })',
    caughtBy: postgres('revocations/cluster'),
  },
  {
    without: 'a repeated call that revokes nothing waits like the first one',
    guard: /(last === undefined) \? propagateAll\(world\)/,
    becomes: '$1 ? Promise.resolve({ everywhere: true, waitedMs: 0 })',
    caughtBy: postgres('revocations/cluster'),
  },
  {
    without: 'a new password revokes previously issued tokens',
    in: 'changePassword',
    guard: /await endAll\([^)]*\)/,
    becomes: "({ sessions: 0, ids: [], reason: 'password_changed' } as const)",
    caughtBy: sqlite('journeys/seeds-mistakes'),
  },
  {
    without: 'a refresh token of an earlier handle is rejected',
    guard: /subject\?\.handleHash !== hashOf\(token\.handle\)/,
    becomes: '!subject',
    caughtBy: sqlite('races/overtaken'),
  },
  {
    without: 'disabling a user ends their sessions',
    in: 'disable',
    guard: /await endAll\([^)]*\)/,
    becomes: "({ sessions: 0, ids: [], reason: 'disabled' } as const)",
    caughtBy: sqlite('administration/users'),
  },
  {
    without: 'taking a role revokes the tokens that carry it',
    in: 'revokeRole',
    guard: /await renewSignature\([^)]*\)/,
    becomes: '(renewSignature ? [] : [])',
    caughtBy: sqlite('administration/roles'),
  },
  {
    without: 'a late request body is accepted only while its sender is signed in',
    guard: /if \(route\.endpoint\.body\) call = /,
    becomes: 'if (!route.endpoint) call = ',
    caughtBy: sqlite('races/late-bodies'),
  },
  {
    without: 'SQLite waits for the disk',
    guard: /pragma synchronous = full;/,
    becomes: 'pragma synchronous = normal;',
    caughtBy: alone('store/sqlite-batches'),
  },
  {
    without: 'PostgreSQL without synchronous commits is rejected',
    guard: /if \(level === 'off' \|\| level === 'local'\)/,
    becomes: "if (level === 'never')",
    caughtBy: alone('store/postgres-outages'),
  },
  {
    without: 'tokens issued before a restore are rejected',
    guard: /notBefore: notBeforeAfter\(clock\.now\(\)\)/,
    becomes: 'notBefore: notBeforeAfter(clock.now()) * 0',
    caughtBy: sqlite('backup/restore'),
  },
]
