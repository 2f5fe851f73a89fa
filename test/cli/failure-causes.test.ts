import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failureOf } from '#src/cli/failures.ts'
import { DatabaseAway } from '#src/store/db.ts'
import { about } from '#test/support/failing-start.ts'

function databaseAway(message: string, { innermost, ...details }: Record<string, string> = {}): string {
  const cause = Object.assign(new Error(message), details)
  if (innermost !== undefined) cause.cause = new Error(innermost)
  return failureOf(new DatabaseAway('The database is unavailable.', { cause }), about).lines.join('\n')
}

test('a PostgreSQL that responds but cannot be used is not reported as one that cannot be reached', () => {
  const readOnly = databaseAway('cannot execute INSERT in a read-only transaction', {
    code: '25006',
    severity: 'ERROR',
  })
  assert.match(readOnly, /^PostgreSQL at db\.example\.org:5432 accepts no writes: cannot execute INSERT/)
  assert.match(readOnly, /name the primary in SIGIL_DATABASE_URL/)
  const isFull = databaseAway('could not extend file: No space left', { code: '53100', severity: 'ERROR' })
  assert.match(isFull, /^PostgreSQL at \S+ cannot be used: could not extend file/)
  assert.doesNotMatch(readOnly + isFull, /host and port/)
})

test('a PostgreSQL that never responds is reported as a timeout, not as a closed connection', () => {
  const innermost = 'Connection terminated unexpectedly'
  const text = databaseAway('Connection terminated due to connection timeout', { innermost })
  assert.match(text, /^PostgreSQL at \S+ cannot be reached: the connection timed out\./)
  assert.match(text, /host and port/)
})

test('a full disk and a read-only file system are not reported as missing rights', () => {
  const adviceFor = (code: string) => {
    const error = Object.assign(new Error('write'), { code, path: '/var/lib/sigil/sigil.db' })
    return failureOf(error, about).lines[1] ?? ''
  }
  assert.match(adviceFor('ENOSPC'), /^Free some space there, or set SIGIL_DATA_DIR/)
  assert.match(adviceFor('EROFS'), /^Mount it for writing, or set SIGIL_DATA_DIR/)
  assert.match(adviceFor('EACCES'), /^Let uid \d+ write there, or set SIGIL_DATA_DIR/)
})
