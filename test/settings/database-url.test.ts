import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readDatabaseUrl } from '#src/settings/database-url.ts'
import { readSettings } from '#src/settings/settings.ts'

function targetOf(url: string) {
  const read = readDatabaseUrl(url)
  if (read.kind === 'problem') assert.fail(`${url} ${read.problem}`)
  const { parameters, servers, needsWritable: _, ...target } = read.target
  assert.equal(servers.length, 1)
  return { ...servers[0], ...target }
}

function problemOf(url: string): string {
  const read = readSettings({ SIGIL_DATABASE_URL: url }, 'development')
  assert.ok(read.kind === 'problems', url)
  assert.equal(read.problems.length, 1)
  return read.problems[0] ?? ''
}

const socket = { host: '/sock', port: undefined, user: 'u', password: 'p', database: 'db' }

test('every documented form of a database URL is read', () => {
  const server = { host: 'h', port: 5433, user: 'u', password: 'p', database: 'db' }
  assert.deepEqual(targetOf('postgres://u:p@h:5433/db'), server)
  assert.deepEqual(targetOf('postgresql://u:p@h:5433/db?sslmode=require'), server)
  assert.deepEqual(targetOf('postgresql://h/db?user=u&password=p&port=5433'), server)
  assert.deepEqual(targetOf('postgresql://?host=h&dbname=db&user=u&password=p&port=5433'), server)
  assert.deepEqual(targetOf('postgres://u:p@/db?host=/sock'), socket)
  assert.deepEqual(targetOf('postgres:///db?host=/sock&user=u&password=p'), socket)
  assert.deepEqual(targetOf('postgres://u:p@%2Fsock/db'), socket)
  assert.equal(targetOf('postgres://u:p@[::1]:5433/db').host, '::1')
})

test('a password is decoded, and may contain unreserved characters', () => {
  for (const password of ['pa$$ w@rd/#?%:&+"\'é', 'p%w', 'p:w', 'si@mple', '100%25']) {
    const encoded = encodeURIComponent(password)
    assert.equal(targetOf(`postgres://u:${encoded}@h/db`).password, password)
  }
  for (const raw of ['p%w', 'p:w', 'si@mple', 'a b', 'a+b', 'é']) {
    assert.equal(targetOf(`postgres://u:${raw}@h/db`).password, raw)
  }
})

test('a raw #, / or ? in the password is explained, without quoting the password', () => {
  for (const raw of [
    'hunter#2',
    'hunter/2',
    'hunter?2',
    '12/hunter',
    'h@unter?2=x',
    'hunter#a@b',
    '12?hunter',
  ]) {
    const problem = problemOf(`postgres://sigil:${raw}@db.example.org:5432/sigil`)
    assert.match(problem, /^SIGIL_DATABASE_URL has a `#`, `\/` or `\?` in its password/)
    assert.match(problem, /%23.*%2F.*%3F/)
    assert.doesNotMatch(problem, /unter/)
  }
})

test('parameters that would have no effect are rejected by name', () => {
  const base = 'postgres://u:p@h/db'
  assert.match(problemOf(`${base}?schema=foo`), /the parameter schema.*options=-csearch_path%3D/)
  assert.match(problemOf(`${base}?sslmod=require`), /the unknown parameter sslmod\b/)
  assert.match(problemOf(`${base}?sslmode=bogus`), /sslmode="bogus".*verify-full/)
  assert.match(problemOf(`${base}?client_encoding=LATIN1`), /client_encoding/)
  assert.match(problemOf(`${base}?target_session_attrs=standby`), /target_session_attrs/)
  for (const mode of ['disable', 'no-verify', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full']) {
    targetOf(`${base}?sslmode=${mode}`)
  }
  for (const more of [
    'target_session_attrs=read-write',
    'application_name=x',
    'options=-c%20a%3Db',
    'channel_binding=require',
  ]) {
    targetOf(`${base}?${more}`)
  }
})

test('several hosts are read in their order, with a port for all or one each', () => {
  const serversOf = (url: string) => {
    const read = readDatabaseUrl(url)
    if (read.kind === 'problem') assert.fail(`${url} ${read.problem}`)
    assert.equal(read.target.needsWritable, true)
    return read.target.servers.map(({ host, port }) => `${host}:${port}`)
  }
  const both = ['a:5432', 'b:5433']
  assert.deepEqual(serversOf('postgres://u:p@a:5432,b:5433/db?target_session_attrs=read-write'), both)
  assert.deepEqual(serversOf('postgres:///db?host=a,b&port=5432,5433'), both)
  assert.deepEqual(serversOf('postgres://u:p@a,b/db?port=5432'), ['a:5432', 'b:5432'])
  assert.deepEqual(serversOf('postgres://u:p@[::1]:5432,[::2]/db'), ['::1:5432', '::2:undefined'])
  for (const url of ['postgres://u:p@a,/db', 'postgres:///db?host=a,b,c&port=1,2', 'postgres://a:1,b:x/db'])
    assert.match(problemOf(url), /no valid host and port/)
  assert.match(
    problemOf('postgres://u:p@a,b/db?target_session_attrs=any'),
    /needs the server that accepts writes/,
  )
})

test('a single host must accept writes only if the URL requires it', () => {
  const needs = (url: string) => {
    const read = readDatabaseUrl(url)
    return read.kind === 'ok' && read.target.needsWritable
  }
  assert.deepEqual(
    [
      '',
      '?target_session_attrs=any',
      '?target_session_attrs=read-write',
      '?target_session_attrs=primary',
    ].map((search) => needs(`postgres://u:p@a/db${search}`)),
    [false, false, true, true],
  )
})

test('a URL without a valid host is explained, without quoting it', () => {
  for (const url of ['postgres://u:p@h:port/db', 'postgres://u:p@h:99999/db', 'postgres://u:hunter:2/db']) {
    const problem = problemOf(url)
    assert.match(problem, /no valid host and port/)
    assert.doesNotMatch(problem, /hunter/)
  }
})
