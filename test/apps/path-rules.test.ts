import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PathRule, requirementIn, requirementsFor, requirementText } from '#src/apps/path-rules.ts'
import { hostIn, originOf, problemsOfSite } from '#src/apps/proxy-site.ts'

const rules = rulesOf({
  '/public': 'public',
  '/public/internal': 'signed_in',
  '/admin': 'roles:admin',
  '/money': 'aal2+roles:clerk,admin',
  '/API': 'aal2',
})

test('the longest matching path decides', () => {
  const cases: Record<string, string> = {
    '/': 'signed_in',
    '/page': 'signed_in',
    '/public': 'public',
    '/public/': 'public',
    '/public/a/b.css?x=/admin': 'public',
    '/publicity': 'signed_in',
    '/public/internal': 'signed_in',
    '/public/internal/x': 'signed_in',
    '/public/internals': 'public',
    '/admin/users': 'roles:admin',
    '/administrator': 'signed_in',
    '/money/1': 'aal2+roles:clerk,admin',
    '/API/x': 'aal2',
  }
  for (const [target, expected] of Object.entries(cases)) {
    assert.deepEqual(needsOf(target), [expected], target)
  }
  assert.deepEqual(requirementsFor(rulesOf({ '/': 'public' }), '/x/y')?.map(requirementText), ['public'])
  assert.deepEqual(requirementsFor([], '/x/%2e%2e')?.map(requirementText), ['signed_in'])
})

test('a path that can be read in several ways has to meet the rules of all of them', () => {
  const ofAdmin = [
    '/ADMIN',
    '/Admin/users',
    '/%61dmin',
    '/%2561dmin/x',
    '//admin',
    '///admin/x',
    '/./admin',
    '/x/../admin',
    '/public/../admin',
    '/public/..%2fadmin',
    '/public/%2e%2e/admin',
    '/public/%2E%2E%2Fadmin',
    '/public/%252e%252e/admin',
    '/public/..;/admin',
    '/public/..;x=1/admin',
    '/public\\..\\admin',
    '/public/..%5cadmin',
    '/public/x/../../admin',
    '/public//../admin',
    '/admin;x=1',
    '/admin;/users',
    '/admin%3b/x',
    '/admin%2fusers',
    '/admin%3fx',
    '/admin/%2e%2e/public',
    '/admin/../public',
    '/%2fadmin',
    '/public/%2e%2e%2f%2e%2e%2fadmin',
  ]
  for (const target of ofAdmin)
    assert.ok(needsOf(target)?.includes('roles:admin'), `${target}: ${needsOf(target)}`)
  for (const target of ['/Public/x', '/public;x', '/%70ublic;x/y']) {
    assert.ok(needsOf(target)?.includes('signed_in'), `${target}: ${needsOf(target)}`)
  }
  assert.ok(needsOf('/api/x')?.includes('aal2'))
})

test('harmless characters do not change the rule of a path', () => {
  for (const target of [
    '/public/a%20b.css',
    '/public/%D1%8F',
    '/public/100%25',
    '/public/100%',
    '/public/a+b@c,d',
  ]) {
    assert.deepEqual(needsOf(target), ['public'], target)
  }
})

test('a malformed path is never passed on', () => {
  const none = [
    '',
    '*',
    'public',
    'http://x/public',
    '/public/%00',
    '/public%0a',
    '/public/\x7f',
    '/public/%1f',
  ]
  const deep = `/public/${'%25'.repeat(1)}${'25'.repeat(6)}2e`
  for (const target of [...none, deep]) assert.equal(needsOf(target), undefined, JSON.stringify(target))
})

test('each requirement has exactly one textual form', () => {
  for (const text of ['public', 'signed_in', 'aal2', 'roles:a', 'roles:a,b-c', 'aal2+roles:a']) {
    const requirement = requirementIn(text)
    assert.ok(requirement, text)
    assert.equal(requirementText(requirement), text)
  }
  for (const text of [
    '',
    'Public',
    'roles:',
    'roles:a,',
    'roles:A',
    'aal1',
    'aal3',
    '+roles:a',
    'aal2roles:a',
    'roles:a+aal2',
  ]) {
    assert.equal(requirementIn(text), undefined, text)
  }
})

const sigil = 'https://auth.example.com'

test('hosts have the form that browsers send', () => {
  const good: Record<string, string> = {
    'app.example.com': 'app.example.com',
    'APP.Example.com': 'app.example.com',
    'app.example.com:443': 'app.example.com',
    'app.example.com:8443': 'app.example.com:8443',
    'bücher.example': 'xn--bcher-kva.example',
    '[::1]:3000': '[::1]:3000',
  }
  for (const [text, host] of Object.entries(good)) assert.equal(hostIn(text, sigil), host, text)
  for (const text of [
    '',
    'https://app.example.com',
    'app/x',
    'a b',
    'user@app',
    'app:99999',
    'app:',
    '*.example.com',
    'a,b',
    'app#',
    'app?',
  ]) {
    assert.equal(hostIn(text, sigil), undefined, text)
  }
  assert.equal(originOf('localhost:3000', sigil), 'https://localhost:3000')
  assert.equal(originOf('localhost:3000', 'http://localhost:8000'), 'http://localhost:3000')
  assert.equal(originOf('app.example.com', 'http://localhost:8000'), 'https://app.example.com')
  assert.equal(originOf('localhost.example.com', 'http://localhost:8000'), 'https://localhost.example.com')
})

test('a site has at least one host, none of them of Sigil, and only unambiguous paths', () => {
  const reasonsOf = (hosts: string[], given: Record<string, string> = {}, publicUrl = sigil) =>
    problemsOfSite({ hosts, rules: rulesOf(given), allowsPreflight: false }, publicUrl).map(
      ({ reason }) => reason,
    )
  assert.deepEqual(reasonsOf(['app.example.com'], { '/': 'public', '/a/b-c.d': 'aal2' }), [])
  assert.deepEqual(reasonsOf([]), ['host_needed'])
  assert.deepEqual(reasonsOf(['a.example', 'a.example']), ['duplicate'])
  assert.deepEqual(reasonsOf(['auth.example.com']), ['host_of_sigil'])
  // Cookies ignore ports.
  assert.deepEqual(reasonsOf(['auth.example.com:8443']), ['host_of_sigil'])
  const local = 'http://localhost:8000'
  assert.deepEqual(reasonsOf(['localhost:8000'], {}, local), ['host_of_sigil'])
  assert.deepEqual(reasonsOf(['localhost:3000'], {}, local), [])
  for (const path of [
    '',
    'a',
    '/a/',
    '//',
    '/a//b',
    '/../a',
    '/a/./b',
    '/%61',
    '/a;b',
    '/a?b',
    '/a\\b',
    '/ä',
    '/a b',
  ]) {
    assert.deepEqual(reasonsOf(['app.example.com'], { [path]: 'public' }), ['bad_path'], path)
  }
  assert.deepEqual(reasonsOf(['app.example.com'], { '/a': 'public', '/A': 'aal2' }), ['duplicate'])
})

function needsOf(target: string): string[] | undefined {
  return requirementsFor(rules, target)?.map(requirementText)
}

function rulesOf(given: Record<string, string>): PathRule[] {
  return Object.entries(given).map(([path, text]) => {
    const requires = requirementIn(text)
    assert.ok(requires, text)
    return { path, requires }
  })
}
