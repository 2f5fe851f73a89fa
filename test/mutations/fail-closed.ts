import { alone, type Mutation, postgres, sqlite } from '#test/mutations/mutation.ts'

/** Without a database, a lease, a key or a well-formed token, nothing is accepted. */
export const failClosed: readonly Mutation[] = [
  {
    without: 'changes in the console need a recent proof',
    guard: /const error = user \? await missingProof\([^\n]*\n\s+if \(error\) throw error/,
    becomes: '',
    caughtBy: sqlite('pages/console/access'),
  },
  {
    without: 'a node without a lease accepts nothing',
    guard: /return node\.\w+\(\) \? (?='accepted')/,
    becomes: 'return node ? ',
    caughtBy: postgres('revocations/doubt'),
  },
  {
    without: 'no token is issued by a clock that is known to be wrong',
    guard: / \|\| wallClock\(world\)\.isOff\(now\)/,
    becomes: '',
    caughtBy: postgres('tokens/wrong-clock'),
  },
  {
    without: 'a clock that is known to be slow judges no token',
    guard: /if \(wall\.isBehind\(now\)\)/,
    becomes: 'if (now < 0)',
    caughtBy: postgres('tokens/wrong-clock'),
  },
  {
    without: 'after a commit with an unknown outcome nothing is accepted from memory',
    guard: /if \(error instanceof CommitUnknown && revokes\) node\.doubt\(\)/,
    becomes: '',
    caughtBy: sqlite('revocations/doubt'),
  },
  {
    without: 'a token is signed by one of our keys',
    in: 'readToken',
    guard: /!key \|\| !isSignedBy\(jwt, key\.publicKey\)/,
    becomes: '!key || !isSignedBy',
    caughtBy: sqlite('tokens/forged'),
  },
  {
    without: 'a token has our type',
    guard: / \|\| typ !== 'at\+jwt'/,
    becomes: '',
    caughtBy: sqlite('tokens/forged'),
  },
  {
    without: 'a token is for this issuer',
    guard: /iss === issuer && aud === issuer && client_id === issuer/,
    becomes: 'issuer !== undefined',
    caughtBy: sqlite('tokens/forged'),
  },
  {
    without: 'a token expires',
    guard: /if \(expiresAt <= [^\n]*\) (?=return 'expired')/,
    becomes: 'if (expiresAt <= 0) ',
    caughtBy: sqlite('tokens/access-token'),
  },
  {
    without: 'an invalid bearer token does not fall back to the cookie',
    guard: /return token === undefined \? undefined : \{ token, via: 'bearer' \}/,
    becomes: "if (token !== undefined) return { token, via: 'bearer' }",
    caughtBy: sqlite('tokens/cookies'),
  },
  {
    without: 'a revoked token is rejected by every guarded endpoint',
    in: 'callerByToken',
    guard: /if \(verdict\.kind !== 'accepted'\)/,
    becomes: "if (!('token' in verdict))",
    caughtBy: sqlite('journeys/seeds-mistakes'),
  },
  {
    without: 'only one process opens the embedded database',
    guard: /= holdLock\(file\)/,
    becomes: '= { release: () => holdLock.name }',
    caughtBy: alone('store/sqlite-lock'),
  },
  {
    without: 'a failed transaction is rolled back without the others in its batch',
    guard: /undo\(connection, isFirst\)(?=\n)/,
    becomes: 'undo(connection, !isFirst)',
    caughtBy: sqlite('store/transactions'),
  },
  {
    without: 'a write is answered only after its commit',
    guard: /batch\.push\(\{ accept, reject \}\)/,
    becomes: 'accept()\n      $&',
    caughtBy: alone('store/sqlite-batches'),
  },
  {
    without: 'a migration checks again when its turn has come',
    guard: /if \(\(await readApplied\(query, known\)\)\.has\(migration\.id\)\) return false/,
    becomes: '',
    caughtBy: sqlite('store/migrate'),
  },
]
