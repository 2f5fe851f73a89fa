import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import MiniSearch from 'minisearch'

test('the site of the documentation is built without broken links, and finds a setting and an error', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sigil-site-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  const { status, stderr } = spawnSync(process.execPath, ['docs/site/build.ts', folder], { encoding: 'utf8' })
  assert.equal(stderr, '')
  assert.equal(status, 0)
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  assert.match(
    readFileSync(join(folder, 'index.html'), 'utf8'),
    new RegExp(`url=\\./${version}/index\\.html`),
  )
  const site = join(folder, version)
  const page = readFileSync(join(site, 'docs/operating/backup.html'), 'utf8')
  assert.match(page, /<h2 id="schedule-backups">/)
  assert.match(page, /href="\.\.\/\.\.\/deploy\/monitoring\/alerts\.yaml"/)
  assert.ok(existsSync(join(site, 'deploy/monitoring/alerts.yaml')))
  const index = MiniSearch.loadJSON(readFileSync(join(site, 'assets/search.json'), 'utf8'), {
    fields: ['title', 'text'],
    idField: 'url',
  })
  const found = (words: string) => index.search(words, { prefix: true }).map(({ id }) => String(id))
  assert.ok(found('SIGIL_BACKUP_DIR').some((url) => url.startsWith('docs/operating/backup.html#')))
  assert.ok(found('SIGIL_CORS_ORIGINS').some((url) => url.startsWith('docs/reference/settings.html#')))
  assert.ok(found('too_many_attempts').some((url) => url.startsWith('docs/reference/errors.html#')))
})
