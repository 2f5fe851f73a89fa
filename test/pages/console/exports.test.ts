import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { csvLine } from '#src/pages/console/csv.ts'
import { administratorOn, somebody } from '#test/support/console.ts'
import { arrivedOnPage, assertPage, sendForm } from '#test/support/forms.ts'
import { onSite } from '#test/support/site.ts'

const masterKey = createHash('sha256').update('a key for tests').digest('base64url')

test('a CSV cell that a spreadsheet would run begins with an apostrophe', () => {
  for (const first of ['=', '+', '-', '@', '\t']) {
    assert.equal(csvLine([`${first}1+1`]), `'${first}1+1\r\n`)
  }
  assert.equal(csvLine(['=cmd|"/c calc"!A0']), `"'=cmd|""/c calc""!A0"\r\n`)
  assert.equal(
    csvLine(['a,b', 'say "hi"', 'two\nlines', 'plain', -3, null]),
    '"a,b","say ""hi""","two\nlines",plain,-3,\r\n',
  )
})

onSite('exports of the console', (site) => {
  test('the audit log is exported as CSV and as JSON Lines with the filters of the page', async () => {
    const { admin } = await administratorOn(site)
    const user = await somebody(site.world())
    await sendForm(admin, `/admin/users/${user.id}/disable`)
    const query = `target=${user.id}&event=user.disabled`
    const csv = await admin.get(`/admin/audit.csv?${query}`)
    assert.match(csv.headers['content-type'] ?? '', /^text\/csv/)
    assert.equal(csv.headers['content-disposition'], 'attachment; filename="sigil-audit.csv"')
    const [head = '', line = '', ...rest] = csv.text.split('\r\n')
    assert.deepEqual(rest, [''])
    assert.match(head, /^time,event,actor_kind,actor_id,/)
    assert.ok(line.includes('user.disabled,user,'))
    const lines = (await admin.get(`/admin/audit.jsonl?${query}`)).text.trimEnd().split('\n')
    assert.equal(lines.length, 1)
    const { event, target } = JSON.parse(lines[0] ?? '')
    assert.deepEqual([event, target.id], ['user.disabled', user.id])
  })

  test('an event of the audit log has a page of its own', async () => {
    const { admin } = await administratorOn(site)
    const user = await somebody(site.world())
    await sendForm(admin, `/admin/users/${user.id}/disable`)
    const { text } = await admin.get(`/admin/audit?target=${encodeURIComponent(user.email)}`)
    const [, path = ''] = /href="(\/admin\/audit\/[\w-]+)"><code>user\.disabled</.exec(text) ?? []
    const event = await admin.get(path)
    assertPage(event, 200)
    assert.ok(event.text.includes(user.email))
    assert.ok(event.text.includes('&quot;event&quot;: &quot;user.disabled&quot;'))
  })
})

onSite('exports of users and sessions of the console', (site) => {
  test('the users are exported as CSV with the filters of the page, and formulas stay text', async () => {
    const { admin } = await administratorOn(site)
    const visitor = site.browser()
    const email = await arrivedOnPage(visitor, { full_name: '=1+1' })
    const { text } = await admin.get(`/admin/users.csv?q=${email}`)
    const [head = '', line = '', ...rest] = text.split('\r\n')
    assert.deepEqual(rest, [''])
    assert.equal(head, 'id,email,username,full_name,status,roles,created_at,last_signed_in_at')
    assert.ok(line.includes(`,${email},,'=1+1,active,default_user,20`), line)
    const json = JSON.parse((await admin.get(`/admin/users.jsonl?q=${email}`)).text)
    assert.deepEqual([json.email, json.full_name], [email, '=1+1'])
    const everyone = (await admin.get('/admin/users.csv')).text.trimEnd().split('\r\n')
    assert.ok(everyone.length > 2)
  })

  test('the sessions are exported as CSV and as JSON Lines, and formulas stay text', async () => {
    const { admin } = await administratorOn(site)
    const email = await arrivedOnPage(site.browser('=HYPERLINK("https://evil.example")'))
    const { text } = await admin.get(`/admin/sessions.csv?q=${email}`)
    const [head = '', line = '', ...rest] = text.split('\r\n')
    assert.deepEqual(rest, [''])
    assert.match(head, /^id,user_id,email,method,level,ip,user_agent,/)
    assert.ok(line.includes(`,${email},password,aal1,127.0.0.1,"'=HYPERLINK(""https`), line)
    const json = JSON.parse((await admin.get(`/admin/sessions.jsonl?q=${email}&started=1h`)).text)
    assert.deepEqual([json.email, json.ip], [email, '127.0.0.1'])
  })

  test('the statistics are exported as CSV with one line per interval', async () => {
    const { admin } = await administratorOn(site)
    for (const [period, count] of [
      ['24h', 24],
      ['7d', 28],
      ['30d', 30],
      ['90d', 90],
    ] as const) {
      const { text } = await admin.get(`/admin/statistics.csv?period=${period}`)
      const lines = text.trimEnd().split('\r\n')
      assert.equal(lines.length, count + 1)
      assert.match(lines.at(-1) ?? '', /^20\d\d-[^,]+Z,[1-9]\d*,/)
    }
  })

  test('the sign-in methods are exported with the number of users of each', async () => {
    const { admin } = await administratorOn(site)
    const { status, text } = await admin.get('/admin/adoption.csv')
    assert.equal(status, 200)
    assert.match(text, /^passkey,\d+/m)
  })
})

onSite(
  'secrets in the console',
  (site) => {
    test('the settings page shows values and sources, and no secret', async () => {
      const { admin } = await administratorOn(site)
      const { text } = await admin.get('/admin/settings')
      assert.ok(text.includes('SIGIL_MASTER_KEY'))
      assert.ok(text.includes('<code>(set)</code>'))
      assert.ok(!text.includes(masterKey))
      assert.match(
        text,
        /SIGIL_ACCESS_TOKEN_LIFETIME[\s\S]*?<code>5m<\/code> <span class="badge good">Environment/,
      )
      assert.ok(text.includes(site.world().settings.publicUrl))
      const found = await admin.get('/admin/settings?q=single-page+origins')
      assert.match(found.text, /SIGIL_CORS_ORIGINS/)
      assert.ok(!found.text.includes('SIGIL_MASTER_KEY'))
      for (const path of ['/admin/keys', '/admin/nodes', '/admin/health']) {
        assert.ok(!(await admin.get(path)).text.includes(masterKey), path)
      }
    })
  },
  { SIGIL_MASTER_KEY: masterKey, SIGIL_ACCESS_TOKEN_LIFETIME: '5m' },
)
