import { alone, type Mutation, postgres, sqlite } from '#test/mutations/mutation.ts'

const hashes = 'Hashes of others'
const backups = 'Backups'
const signsOut = sqlite('backup/restore', 'signs everybody out for good')
const refuses = sqlite('backup/unusable', 'is refused, whatever is wrong with it, and nothing is changed')

export const ofBackups: readonly Mutation[] = [
  {
    promise: hashes,
    without: 'a hash that costs too much is refused',
    file: 'passwords/foreign-hash.ts',
    from: 'if (rounds > bounds.pbkdf2Rounds)',
    to: 'if (rounds < 1)',
    caughtBy: alone('passwords/foreign-hash', 'a hash that costs too much'),
  },
  {
    promise: hashes,
    without: 'a hash that did not see the whole password is kept',
    file: 'passwords/hash.ts',
    from: '!isOurs(passwordHash) && sawWhole(passwordHash, password)',
    to: '!isOurs(passwordHash)',
    caughtBy: sqlite('administration/import-users', 'keep a bcrypt hash for as long as nobody can tell'),
  },
  {
    promise: hashes,
    without: 'a file with a wrong line imports nobody',
    file: 'administration/import-users.ts',
    from: 'wish.isRehearsal || judged.problems.count > 0 ||',
    to: 'wish.isRehearsal ||',
    caughtBy: sqlite('administration/import-users', 'is right in every line, or nobody comes'),
  },
  {
    promise: backups,
    without: 'tokens of before a restore are dead',
    file: 'revocations/begin-timeline.ts',
    from: 'floor: floorAfter(clock.now())',
    to: 'floor: floorAfter(clock.now()) * 0',
    caughtBy: signsOut,
  },
  {
    promise: backups,
    without: 'a verifier refuses what is older than the floor that it is told',
    file: 'sdk/verify/src/feed.ts',
    from: 'return keys.issuedAt < this.#floor || ',
    to: 'return keys.issuedAt < 0 || ',
    caughtBy: {
      file: 'sdk/verify/test/restored.test.ts',
      name: 'accepts nothing that was issued before, and whatever is issued from then on',
      on: 'sqlite',
    },
  },
  {
    promise: backups,
    without: 'sessions of before a restore have ended',
    file: 'sessions/end-everybody.ts',
    from: 'await endLiveSessions(query, now)',
    to: 'await endLiveSessions.name',
    caughtBy: signsOut,
  },
  {
    promise: backups,
    without: 'a backup overwrites nothing',
    file: 'backup/new-file.ts',
    from: 'if (seen) throw exists(path)',
    to: 'if (seen) await rm(path)',
    caughtBy: sqlite('backup/restore', 'is a file for its owner alone'),
  },
  {
    promise: backups,
    without: 'a backup is read to its end before it is believed',
    file: 'backup/read-backup.ts',
    from: `end.sha256 === hash.digest('base64url') && areSame(counts, end.rows)`,
    to: 'end !== undefined || areSame(counts, {})',
    caughtBy: refuses,
  },
  {
    promise: backups,
    without: 'whoever changes a backup needs the master key',
    file: 'backup/restore.ts',
    from: 'macOf(key, macText(end.sha256)) === end.mac',
    to: 'macOf(key, macText(end.sha256)) !== undefined',
    caughtBy: refuses,
  },
  {
    promise: backups,
    without: 'a backup is one moment of PostgreSQL',
    file: 'store/postgres.ts',
    from: 'repeatable read read only',
    to: 'read committed read only',
    caughtBy: postgres('backup/move', 'shows one moment, whatever is written while it is made'),
  },
]
