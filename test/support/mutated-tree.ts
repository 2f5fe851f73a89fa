import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const root = new URL('../../', import.meta.url)

type Change = { readonly file: string; readonly from: string; readonly to: string }

type Tree = { readonly root: URL; remove(): void }

/** Copies the source and its tests to a folder where they find `node_modules` and can run. */
export function plainTree(name: string): Tree {
  const folder = new URL(`.cache/mutants/${name.replace(/[^a-z0-9]+/gi, '-')}-${process.pid}/`, root)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const part of ['src', 'test', 'sdk', 'package.json']) {
    cpSync(new URL(part, root), new URL(part, folder), {
      recursive: true,
      filter: (path) => !/node_modules|dist/.test(path),
    })
  }
  return { root: pathToFileURL(folder.pathname), remove: () => rmSync(folder, { recursive: true }) }
}

/** The same with a different text in one file, with its path from the root. */
export function treeWith(name: string, path: string, text: string): Tree {
  const tree = plainTree(name)
  writeFileSync(new URL(path, tree.root), text)
  return tree
}

/** The same with a piece of one file replaced. */
export function mutatedTree(name: string, change: Change): Tree {
  return treeWith(name, pathOf(change), mutated(name, change))
}

/**
 * Returns the text of a file with one piece replaced. Throws if the piece does not occur exactly once: then
 * the mutant is out of date, and the test would prove nothing.
 */
export function mutated(name: string, change: Change): string {
  const { file, from, to } = change
  const source = readFileSync(new URL(pathOf(change), root), 'utf8')
  const count = source.split(from).length - 1
  if (count !== 1)
    throw new Error(`"${from}" is ${count} times in ${file}; the mutant "${name}" is out of date`)
  return source.replace(from, () => to)
}

function pathOf({ file }: Change): string {
  return file.startsWith('sdk/') ? file : `src/${file}`
}
