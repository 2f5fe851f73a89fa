import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const root = new URL('../../', import.meta.url)

type Change = { readonly file: string; readonly from: string; readonly to: string }

/**
 * A copy of the source with one text replaced, beside `node_modules` so that it runs. Faults where the text
 * is not there exactly once: then the mutant is out of date, and would prove nothing.
 */
export function mutatedTree(name: string, { file, from, to }: Change): { root: URL; remove(): void } {
  const folder = new URL(`.cache/mutants/${name.replace(/[^a-z0-9]+/gi, '-')}-${process.pid}/`, root)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  cpSync(new URL('src', root), new URL('src', folder), { recursive: true })
  cpSync(new URL('sdk', root), new URL('sdk', folder), {
    recursive: true,
    filter: (path) => !/node_modules|dist/.test(path),
  })
  cpSync(new URL('package.json', root), new URL('package.json', folder))
  const path = new URL(file.startsWith('sdk/') ? file : `src/${file}`, folder)
  const source = readFileSync(path, 'utf8')
  const count = source.split(from).length - 1
  if (count !== 1)
    throw new Error(`"${from}" is ${count} times in ${file}; the mutant "${name}" is out of date`)
  writeFileSync(
    path,
    source.replace(from, () => to),
  )
  return { root: pathToFileURL(folder.pathname), remove: () => rmSync(folder, { recursive: true }) }
}
