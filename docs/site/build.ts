import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import MiniSearch from 'minisearch'
import { sources } from '#docs/site/contents.ts'
import { layout, redirectPage } from '#docs/site/layout.ts'
import { brokenLinks } from '#docs/site/links.ts'
import { type Page, pageOf, type Section } from '#docs/site/page.ts'

/**
 * `node docs/site/build.ts [FOLDER]` writes the documentation as a static site into a folder, .cache/site by
 * default, below the version of the package. Fails if a link leads nowhere.
 */
const root = fileURLToPath(new URL('../..', import.meta.url))

function build(to: string): string[] {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const folder = join(to, version)
  rmSync(folder, { recursive: true, force: true })
  const pages = sources(root).map((source) => pageOf(root, source))
  for (const page of pages) write(join(folder, page.path), layout(page, pages, version))
  for (const file of new Set(pages.flatMap(({ files }) => files))) copyFile(folder, file)
  for (const asset of ['site.css', 'search.js']) {
    cpSync(new URL(asset, import.meta.url), join(folder, 'assets', asset))
  }
  cpSync(fileURLToPath(import.meta.resolve('minisearch')), join(folder, 'assets/minisearch.js'))
  write(join(folder, 'assets/search.json'), JSON.stringify(indexOf(pages)))
  write(join(to, 'index.html'), redirectPage(`./${version}/index.html`))
  return brokenLinks(pages)
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

/** A file that a page shows or links to, such as a picture or a configuration. */
function copyFile(folder: string, file: string): void {
  if (statSync(join(root, file)).isFile()) cpSync(join(root, file), join(folder, file))
}

function indexOf(pages: readonly Page[]): MiniSearch<Section> {
  const index = new MiniSearch<Section>({
    fields: ['title', 'text'],
    storeFields: ['title', 'page'],
    idField: 'url',
  })
  index.addAll(pages.flatMap(({ sections }) => sections))
  return index
}

const broken = build(process.argv[2] ?? join(root, '.cache/site'))
for (const line of broken) process.stderr.write(`${line}\n`)
if (broken.length > 0) process.exitCode = 1
