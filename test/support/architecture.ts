import { codeOf, functionsOf, importsOf, type Source } from '#test/support/source.ts'

/** What a file does that the house does not allow, in a sentence that says where. */
export type Rule = (source: Source) => string[]

/**
 * The room a file is in: its folder, or for a file in no folder its name, up to a dash if only that is a
 * room.
 */
export function roomOf(path: string, floors: readonly (readonly string[])[]): string | undefined {
  const rooms = floors.flat()
  const [, first = '', ...rest] = path.split('/')
  const name = rest.length > 0 ? first : first.replace(/\.[jt]s$/, '')
  return [name, name.replace(/-.*$/, '')].find((candidate) => rooms.includes(candidate))
}

/** From its own room and from lower floors only, and by whole addresses. */
export function floorsHold(floors: readonly (readonly string[])[]): Rule {
  const floorOf = (room: string) => floors.findIndex((rooms) => rooms.includes(room))
  return ({ path, text }) => {
    const room = roomOf(path, floors)
    if (room === undefined) return [`${path} is in no room that is on a floor`]
    return importsOf(text).flatMap(({ from, line }) => {
      const at = `${path}:${line} imports ${from}`
      if (from.startsWith('.') || from.startsWith('/')) return [`${at}, which is no whole address`]
      if (!from.startsWith('#')) return []
      if (!/^#src\/.+\.ts$/.test(from)) return [`${at}, which is no file of the server`]
      const other = roomOf(from.slice(1), floors)
      if (other === undefined) return [`${at}, which is in no room that is on a floor`]
      const isAllowed = other === room || floorOf(other) < floorOf(room)
      return isAllowed ? [] : [`${at}, but ${other} is not below ${room}`]
    })
  }
}

/** Inside a room the floors allow a circle; this does not. */
export function circlesIn(sources: readonly Source[]): string[] {
  const imports = new Map(
    sources.map(({ path, text }) => [path, importsOf(text).map(({ from }) => from.slice(1))]),
  )
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (path: string, above: readonly string[]) => {
    if (above.includes(path)) circles.push([...above.slice(above.indexOf(path)), path].join(' -> '))
    if (done.has(path) || above.includes(path)) return
    for (const next of imports.get(path) ?? []) if (imports.has(next)) visit(next, [...above, path])
    done.add(path)
  }
  for (const { path } of sources) visit(path, [])
  return circles
}

export const namesEverythingOnce: Rule = ({ path, text }) => [
  ...linesWith(
    text,
    /^export\s+(?:type\s+)?(?:\*|\{[^}]*\}\s*from\b)/m,
    (line) => `${path}:${line} exports what is not its own`,
  ),
  ...linesWith(
    text,
    /^export\s+default\b|\bas\s+default\b/m,
    (line) => `${path}:${line} has a default export`,
  ),
]

/** What a file lets others have, and nobody takes: it is left over, or is its own business. Types aside. */
export function leftOverIn(exporting: readonly Source[], everything: readonly Source[]): string[] {
  return exporting.flatMap(({ path, text }) => {
    const names = [...text.matchAll(/^export (?:async )?(?:function\*?|const|let|class) (\w+)/gm)]
    const others = everything.filter((other) => other.path !== path)
    const takers = others.filter((other) => other.text.includes(path.replace(/^src\//, '')))
    return names
      .map(([, name = '']) => name)
      .filter((name) => !takers.some((taker) => new RegExp(`\\b${name}\\b`).test(taker.text)))
      .map((name) => `${path} exports ${name}, which nobody takes`)
  })
}

const bannedNames = [
  'utils',
  'util',
  'helpers',
  'helper',
  'common',
  'misc',
  'shared',
  'base',
  'manager',
  'service',
  'impl',
]

export const saysWhatItIs: Rule = ({ path }) => {
  const words = path.replace(/\.\w+$/, '').split(/[/.-]/)
  const banned = words.filter(
    (word) => word === 'index' || bannedNames.includes(word.replace(/s$/, '')) || bannedNames.includes(word),
  )
  return banned.map((word) => `${path} has the word ${word} in its name, which says nothing`)
}

/** Limits in lines and columns. `allowed` are the exceptions, each with its reason. */
export function staysSmall(allowed: Readonly<Record<string, string>>): Rule {
  return ({ path, text }) => {
    const lines = text.split('\n')
    const isLong = lines.length - 1 > 250 && allowed[path] === undefined
    const wide = lines.flatMap((line, index) =>
      line.length > 110 ? [`${path}:${index + 1} is wider than 110`] : [],
    )
    const long = functionsOf(text).filter((found) => found.lines > 60)
    return [
      ...(isLong ? [`${path} has ${lines.length - 1} lines, more than 250`] : []),
      ...wide,
      ...long.map((found) => `${path}:${found.line} is a function of ${found.lines} lines, more than 60`),
    ]
  }
}

/** Only these files may say that. */
export function onlyIn(allowed: RegExp, what: RegExp, said: string): Rule {
  return ({ path, text }) =>
    allowed.test(path) ? [] : linesWith(text, what, (line) => `${path}:${line} ${said}`)
}

/** Only these files may import that. */
export function importedOnlyBy(allowed: RegExp, what: RegExp): Rule {
  return ({ path, text }) => {
    if (allowed.test(path)) return []
    const found = importsOf(text).filter(({ from }) => what.test(from))
    return found.map(({ from, line }) => `${path}:${line} imports ${from}, which only ${allowed.source} may`)
  }
}

/** What a room asks of the database is known to that room alone. */
export const keepsSqlPrivate: Rule = ({ path, text }) => {
  const room = path.split('/').slice(0, -1).join('/')
  const foreign = importsOf(text).filter(
    ({ from }) => from.endsWith('.sql.ts') && !from.startsWith(`#${room}/`),
  )
  return foreign.map(({ from, line }) => `${path}:${line} imports ${from}, the SQL of another room`)
}

/**
 * A noun is the file that a room is named after: `sessions/session.ts`. It waits for nothing and asks nobody.
 */
export const nounsArePure: Rule = ({ path, text }) => {
  const [, room = '', file = ''] = path.split('/')
  const isNoun =
    file !== '' && [`${file.replace(/\.ts$/, '')}s`, `${file.replace(/\.ts$/, '')}es`].includes(room)
  if (!isNoun) return []
  const asked = importsOf(text).filter(({ from }) => /^#src\/(?:world|store\/|http\/)|\.sql\.ts$/.test(from))
  return [
    ...linesWith(text, /\b(?:async|await|Promise)\b/, (line) => `${path}:${line} waits, and a noun is pure`),
    ...asked.map(({ from, line }) => `${path}:${line} imports ${from}, and a noun is pure`),
  ]
}

/** Breaches in code alone; what comments and texts say is left out. */
function linesWith(text: string, what: RegExp, sentence: (line: number) => string): string[] {
  const lines = codeOf(text).split('\n')
  return lines.flatMap((line, index) => (what.test(line) ? [sentence(index + 1)] : []))
}
