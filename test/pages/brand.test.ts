import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { contrastOf, mixed } from '#src/platform/contrast.ts'
import { readSettings } from '#src/settings/settings.ts'
import { sendForm } from '#test/support/forms.ts'
import { onSite } from '#test/support/site.ts'

const folder = mkdtempSync(join(tmpdir(), 'sigil-brand-'))
const logo = join(folder, 'logo.svg')
writeFileSync(
  logo,
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><script>alert(1)</script></svg>',
)

onSite(
  'pages with a brand',
  ({ browser }) => {
    test('pages show the name, the logo, the color and the links of the settings', async () => {
      const { text } = await browser().get('/sign-in')
      assert.match(text, /<title>Sign in · Example<\/title>/)
      const [, picture = ''] = /<img src="(\/assets\/logo\.\w+\.svg)" alt=""/.exec(text) ?? []
      assert.ok(text.includes(`<link rel="icon" href="${picture}">`))
      for (const [label, url] of [
        ['Privacy', 'https://example.org/privacy'],
        ['Terms', 'https://example.org/terms'],
        ['Help', 'https://example.org/help'],
      ])
        assert.ok(text.includes(`<a href="${url}" rel="noopener">${label}</a>`))
      const file = await browser().get(picture)
      assert.deepEqual([file.status, file.headers['content-type']], [200, 'image/svg+xml'])
      // Opened directly, a picture with a script does not run it.
      assert.match(String(file.headers['content-security-policy']), /^default-src 'none'.*sandbox$/)
      const [, colors = ''] = /href="(\/assets\/colors\.\w+\.css)"/.exec(text) ?? []
      assert.match((await browser().get(colors)).text, /--fill: #1d4ed8/)
      assert.equal((await browser().get('/favicon.ico')).headers.location, picture)
    })

    test('the accent of a brand can be read in the dark theme', async () => {
      const { text } = await browser().get('/sign-in')
      const [, path = ''] = /href="(\/assets\/colors\.\w+\.css)"/.exec(text) ?? []
      const css = (await browser().get(path)).text
      const [, accent = ''] = /prefers-color-scheme: dark[\s\S]*--accent: (#[0-9a-f]{6})/.exec(css) ?? []
      assert.ok(contrastOf(accent, '#24282c') >= 4.5, accent)
    })
  },
  {
    SIGIL_BRAND_NAME: 'Example',
    SIGIL_BRAND_LOGO: logo,
    SIGIL_BRAND_COLOR: '#1D4ED8',
    SIGIL_PRIVACY_URL: 'https://example.org/privacy',
    SIGIL_TERMS_URL: 'https://example.org/terms',
    SIGIL_HELP_URL: 'https://example.org/help',
  },
)

test('a logo that does not exist or is too large stops the start', () => {
  const large = join(folder, 'large.png')
  writeFileSync(large, Buffer.alloc(201 * 1024))
  for (const [path, reason] of [
    [join(folder, 'nothing.png'), 'does not exist'],
    [large, 'is larger than 200 KiB'],
  ] as const) {
    const read = readSettings({ SIGIL_BRAND_LOGO: path }, 'development')
    assert.deepEqual(read.kind === 'problems' && read.problems, [
      `SIGIL_BRAND_LOGO is ${path}, which ${reason}.`,
    ])
  }
})

test('contrast is computed as WCAG defines it', () => {
  assert.equal(contrastOf('#000000', '#ffffff'), 21)
  assert.ok(Math.abs(contrastOf('#767676', '#ffffff') - 4.54) < 0.01)
  assert.equal(mixed('#000000', '#ffffff', 0.5), '#808080')
})

onSite(
  'pages at a URL other than the public one',
  ({ browser, url }) => {
    test('a page that is opened at another URL shows the public one', async () => {
      const { text } = await browser().get('/sign-in')
      assert.ok(text.includes(`You opened ${url()}.`))
      assert.ok(text.includes('<a href="https://auth.example.org/sign-in">https://auth.example.org</a>'))
      const proxied = await browser().get('/sign-in', { headers: { 'x-forwarded-proto': 'https' } })
      assert.ok(!proxied.text.includes('You opened'))
    })

    test('a form that is sent to another URL links to the public one', async () => {
      const { status, text } = await sendForm(browser(), '/sign-in', {}, { origin: 'http://192.0.2.2:8000' })
      assert.equal(status, 403)
      const sentence = 'You opened http://192.0.2.2:8000, but this service runs at https://auth.example.org.'
      assert.ok(text.includes(sentence))
      assert.ok(text.includes('href="https://auth.example.org/sign-in">Open the main address'))
      assert.ok(text.includes('SIGIL_PUBLIC_URL'))
      const opaque = await sendForm(browser(), '/sign-in', {}, { origin: 'null' })
      assert.ok(opaque.status === 403 && !opaque.text.includes('You opened'))
    })
  },
  { SIGIL_PUBLIC_URL: 'https://auth.example.org' },
)
