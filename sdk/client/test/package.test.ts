import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { chromiumOrSkip, pagePatienceMs } from '../../../test/support/chromium.ts'
import { clientAt } from '../../../test/support/client.ts'
import { blocksOf } from '../../../test/support/guides.ts'
import { goodPassword, newEmail, signedUp } from '../../../test/support/people.ts'
import { type Installed, installed, typeCheck } from '../../verify/test/support/packed.ts'
import { startSinglePageApp } from './support/single-page-app.ts'

describe('the published package @sigil/client', () => {
  let consumer: Installed
  let folder = ''
  const fileIn = (path: string) => readFileSync(join(folder, path))

  before(async () => {
    consumer = await installed('client')
    folder = join(consumer.folder, 'node_modules/@sigil/client')
  })
  after(() => consumer.remove())

  test('the package contains the compiled code, types, licence and readme, and nothing else', () => {
    const wrong = consumer.files.filter((path) => !/^dist\/[a-z-]+(?:\.js|\.d\.ts)$/.test(path))
    assert.deepEqual(wrong, ['LICENSE', 'README.md', 'package.json'])
    assert.ok(consumer.files.includes('dist/client.js') && consumer.files.includes('dist/client.d.ts'))
  })

  test('the package has no dependencies and is as small as its readme states', () => {
    assert.doesNotMatch(`${fileIn('package.json')}`, /ependencies/)
    const scripts = consumer.files.filter((path) => path.endsWith('.js')).map(fileIn)
    const bytes = scripts.reduce((sum, { length }) => sum + length, 0)
    const compressed = gzipSync(Buffer.concat(scripts)).length
    const [, size, small] =
      /([\d.]+) kB of ES modules, ([\d.]+) kB compressed/.exec(`${fileIn('README.md')}`) ?? []
    assert.ok(bytes <= Number(size) * 1000, `${bytes} bytes`)
    assert.ok(compressed <= Number(small) * 1000, `${compressed} bytes compressed`)
  })

  test('the types of the package compile in a browser project', async () => {
    writeFileSync(join(consumer.folder, 'all.ts'), `export * from '@sigil/client'\n`)
    await typeCheck(consumer.folder, { types: [], lib: ['es2023', 'dom'] }, ['all.ts'])
  })

  test('the page in the readme signs a user in and out', async (t) => {
    const browser = await chromiumOrSkip(t)
    if (!browser) return
    const app = await startSinglePageApp(join(folder, 'dist'))
    const [html] = blocksOf(`${fileIn('README.md')}`).filter(({ language }) => language === 'html')
    const { issuer, clientId } = app.options
    const body = html?.text
      .replace('http://localhost:8000', `${issuer}`)
      .replace("'app_…'", `'${clientId}', postLogoutUri: '/bye'`)
    const email = newEmail()
    await signedUp(clientAt(app.sigil.url), { email })
    const page = await browser.newPage({ locale: 'en-GB' })
    page.setDefaultTimeout(pagePatienceMs)
    app.show(body ?? '')
    await page.goto(`${app.url}/`)
    await page.getByText('Nobody is signed in.').waitFor()
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByLabel('Email or username').fill(email)
    await page.getByLabel('Password', { exact: true }).fill(goodPassword)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByText(email).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(`${app.url}/bye`)
  })
})
