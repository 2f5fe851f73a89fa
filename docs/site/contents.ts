import { globSync } from 'node:fs'

/** A document of the repository and the group of the navigation that lists it. */
export type Source = { readonly file: string; readonly group: string }

const groups: readonly (readonly [group: string, pattern: string])[] = [
  ['Start', 'README.md'],
  ['Start', 'docs/operating/install.md'],
  ['Start', 'docs/guides/topologies.md'],
  ['Guides', 'docs/guides/*.md'],
  ['Operating', 'docs/operating/*.md'],
  ['Reference', 'docs/reference/*.md'],
  ['Project', 'docs/*.md'],
  ['Packages', 'sdk/*/README.md'],
  ['Packages', 'deploy/npm/README.md'],
  ['Packages', 'examples/**/README.md'],
  ['Project', '{CHANGELOG,SECURITY,ARCHITECTURE,STYLE,TESTING}.md'],
  ['Project', 'README.ru.md'],
  ['Project', 'proofs/README.md'],
  ['Decisions', 'docs/decisions/*.md'],
]

/** Every document of the site, in the order of the navigation. */
export function sources(root: string): Source[] {
  const found = new Map<string, Source>()
  for (const [group, pattern] of groups) {
    const files = globSync(pattern, { cwd: root, exclude: ['**/node_modules/**'] }).toSorted()
    for (const file of files) if (!found.has(file)) found.set(file, { file, group })
  }
  return [...found.values()]
}
