import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSettings } from '#src/settings/settings.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { documentIn, undocumentedIn } from '#test/support/openapi-document.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

const path = '/.well-known/security.txt'
const dayMs = 24 * 60 * 60 * 1000

/** The fields of a file of RFC 9116, each once. */
function fieldsOf(text: string): Record<string, string> {
  assert.match(text, /^(?:[A-Z][a-z-]+: \S.*\n)+$/)
  const lines = text.trimEnd().split('\n')
  const fields = Object.fromEntries(lines.map((line) => line.split(/: (.*)/)))
  assert.equal(Object.keys(fields).length, lines.length)
  return fields
}

onBothEngines('security.txt', (engine) => {
  test('security.txt names the contact and expires within 90 days', async () => {
    const clock = testClock()
    const env = { SIGIL_SECURITY_CONTACT: 'security@example.org' }
    const { url, world } = await serveTestWorld(engine, { clock, env })
    const reply = await clientAt(url).get(path)
    assert.deepEqual([reply.status, reply.headers['content-type']], [200, 'text/plain; charset=utf-8'])
    const { Contact, Expires, Canonical } = fieldsOf(reply.text)
    assert.deepEqual([Contact, Canonical], ['mailto:security@example.org', world.settings.publicUrl + path])
    const left = Date.parse(Expires ?? '') - clock.now()
    assert.ok(left > 88 * dayMs && left <= 90 * dayMs)
    const document = documentIn((await clientAt(url).get('/openapi.json')).text)
    const call = document.calls.find(({ id }) => id === 'get_well_known_security_txt') ?? assert.fail()
    assert.deepEqual(undocumentedIn(document, call, reply), [])
    // The next day it is renewed, without a restart.
    clock.forward(dayMs)
    const later = fieldsOf((await clientAt(url).get(path)).text)
    assert.equal(Date.parse(later.Expires ?? '') - Date.parse(Expires ?? ''), dayMs)
  })

  test('security.txt is not found without a contact', async () => {
    const { url } = await serveTestWorld(engine, { clock: testClock() })
    const { status, body } = await clientAt(url).get(path)
    assert.deepEqual([status, body.code], [404, 'not_found'])
  })

  test('the well-known URL for changing passwords redirects to the form', async () => {
    const { url } = await serveTestWorld(engine, { clock: testClock() })
    const { status, headers } = await clientAt(url).get('/.well-known/change-password')
    assert.deepEqual([status, headers.location], [303, '/account/password'])
    const document = documentIn((await clientAt(url).get('/openapi.json')).text)
    assert.ok(document.calls.some(({ id }) => id === 'get_well_known_change_password'))
    // Password managers request this one to detect servers that answer every URL with 200.
    const probe = '/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200'
    assert.equal((await clientAt(url).get(probe)).status, 404)
  })
})

test('a security contact must be an email address or a URI', () => {
  const read = (SIGIL_SECURITY_CONTACT: string) => readSettings({ SIGIL_SECURITY_CONTACT }, 'development')
  const good = {
    'security@example.org': 'mailto:security@example.org',
    'mailto:security@example.org': 'mailto:security@example.org',
    'https://example.org/security': 'https://example.org/security',
    'tel:+1-201-555-0123': 'tel:+1-201-555-0123',
  }
  for (const [text, uri] of Object.entries(good)) {
    const found = read(text)
    assert.equal(found.kind === 'ok' && found.settings.securityContact, uri)
  }
  const bad = [
    'nobody',
    'http://example.org',
    'javascript:alert(1)',
    'a@b\nExpires: 2099',
    'https://',
    'mailto:',
    ' ',
  ]
  for (const text of bad) assert.equal(read(text).kind, 'problems', text)
})
