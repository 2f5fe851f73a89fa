import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failureOf } from '#src/cli/failures.ts'
import { DatabaseAway, NoServer } from '#src/store/db.ts'
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

test('of several PostgreSQL servers that cannot be used each has a line with its own cause', () => {
  const servers = [
    { host: 'db1', port: undefined },
    { host: '/run/pg', port: 5433 },
  ]
  const causes = [new Error('connect ECONNREFUSED 10.0.0.1:5432'), new Error('getaddrinfo ENOTFOUND db2')]
  const failures = servers.map((server, at) => ({
    server,
    error: new DatabaseAway('x', { cause: causes[at] }),
  }))
  const { exit, lines } = failureOf(new NoServer(failures), about)
  assert.deepEqual(lines.slice(0, 3), [
    'None of the PostgreSQL servers in SIGIL_DATABASE_URL can be used:',
    '  db1:5432: connect ECONNREFUSED 10.0.0.1:5432',
    '  the socket /run/pg/.s.PGSQL.5433: getaddrinfo ENOTFOUND db2',
  ])
  assert.equal(exit, 1)
})

test('servers that all reject their certificate are a problem of the configuration', () => {
  const expired = Object.assign(new Error('certificate has expired'), { code: 'CERT_HAS_EXPIRED' })
  const failures = ['db1', 'db2'].map((host) => ({
    server: { host, port: 5432 },
    error: new DatabaseAway('x', { cause: expired }),
  }))
  const { exit, lines } = failureOf(new NoServer(failures), about)
  assert.equal(lines[2], '  db2:5432: certificate has expired')
  assert.match(lines[3] ?? '', /sslrootcert=FILE/)
  assert.equal(exit, 3)
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
