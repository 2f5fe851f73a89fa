import { alone, type Mutation, sqlite } from '#test/mutations/mutation.ts'

/** Secrets have no default, are stored only as hashes or sealed, and are not logged. */
export const secrets: readonly Mutation[] = [
  {
    without: 'the master key file is readable by its owner only',
    guard: /await chmod\(draft, 0o600\)/,
    becomes: 'await chmod(draft, 0o644)',
    caughtBy: alone('keys/master-key'),
  },
  {
    without: 'the log redacts secrets by field name',
    guard: /if \(isSecretName\(name\)\) return/,
    becomes: 'if (isSecretName(name) && name === "") return',
    caughtBy: alone('telemetry/log'),
  },
  {
    without: 'a refresh token carries a MAC of ours',
    in: 'readRefreshToken',
    guard: /timingSafeEqual\([^\n]*/,
    becomes: 'expected',
    caughtBy: sqlite('tokens/refresh'),
  },
  {
    without: 'the cookie of a known browser carries a MAC of ours',
    in: 'readKnownBrowser',
    guard: /if \(!timingSafeEqual\([^\n]*/,
    becomes: 'if (!timingSafeEqual || !expected) return undefined',
    caughtBy: sqlite('limits/guesses'),
  },
  {
    without: 'handles of sessions are stored as hashes only',
    in: 'hashOf',
    guard: /return createHash\('sha256'\)\.update\(handle\)\.digest\('base64url'\)/,
    becomes: 'return createHash ? handle : handle',
    caughtBy: sqlite('tokens/stored'),
  },
  {
    without: 'responses contain documented fields only',
    guard: /full_name: user\.fullName \?\? null,/,
    becomes: '$& signature: user.signature,',
    caughtBy: sqlite('me/profile'),
  },
  {
    without: 'a changed backup is detected without the master key',
    guard: / === end\.mac/,
    becomes: ' !== ""',
    caughtBy: sqlite('backup/unusable'),
  },
]
