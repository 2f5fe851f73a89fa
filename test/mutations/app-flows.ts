import { type Mutation, sqlite } from '#test/mutations/mutation.ts'

/** Guards of the requests and notifications of apps. */
export const appFlows: readonly Mutation[] = [
  {
    without: 'a device code gets tokens once',
    in: 'useDeviceCode',
    guard: / and state = 'allowed'/,
    becomes: '',
    caughtBy: sqlite('oidc/device-flow'),
  },
  {
    without: 'a device code is decided on once',
    in: 'decideDeviceCode',
    guard: / and state = 'pending'/,
    becomes: '',
    caughtBy: sqlite('oidc/device-flow'),
  },
  {
    without: 'a device that polls too often has to slow down',
    in: 'countPoll',
    guard: / or polled_at \+ poll_interval_ms <= \$\{now\}/,
    becomes: ' or polled_at is not null',
    caughtBy: sqlite('oidc/device-flow'),
  },
  {
    without: 'guesses of user codes are limited',
    in: 'findCode',
    guard: /counted\.kind === 'rejected'/,
    becomes: 'counted.kind === undefined',
    caughtBy: sqlite('oidc/device-flow'),
  },
  {
    without: 'only sign-ins that have ended are reported to apps',
    in: 'takeNoticesOfUser',
    guard: /and sessions\.ended_at is null\)/,
    becomes: 'and 1 = 0)',
    caughtBy: sqlite('oidc/back-channel'),
  },
  {
    without: 'a fresh proof is newer than the request for it',
    in: 'settleSignIn',
    guard: /subject\.authenticatedAt >= since/,
    becomes: 'true',
    caughtBy: sqlite('oidc/prompts'),
  },
  {
    without: 'a session has reached the level that an app requires',
    in: 'hasReached',
    guard: /wanted\.includes\(level\)/,
    becomes: 'levels.includes(level)',
    caughtBy: sqlite('oidc/prompts'),
  },
  {
    without: 'scripts read the responses of an app from its own origins',
    in: 'corsForApp',
    guard: /app\?\.allowedOrigins\.includes\(origin\)/,
    becomes: 'app !== undefined',
    caughtBy: sqlite('oidc/browser-apps'),
  },
  {
    without: 'a disabled app is not found',
    in: 'findAppWithSecrets',
    guard: / \|\| stored\.app\.isDisabled/,
    becomes: '',
    caughtBy: sqlite('apps/disabled'),
  },
]
