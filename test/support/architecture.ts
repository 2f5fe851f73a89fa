import { codeOf, functionsOf, importsOf, type Source } from '#test/support/source.ts'

/** Reports the violations of a rule in a file, one sentence each. */
export type Rule = (source: Source) => string[]

/**
 * Returns the module of a file: the longest listed folder it is in, or for a file directly under `src/` its
 * own name.
 */
export function moduleOf(path: string, layers: readonly (readonly string[])[]): string | undefined {
  const inside = path.replace(/^src\//, '').replace(/\.[jt]s$/, '')
  const modules = layers.flat().filter((name) => inside === name || inside.startsWith(`${name}/`))
  const isAtRoot = !inside.includes('/')
  return modules.filter((name) => isAtRoot || inside !== name).sort((a, b) => b.length - a.length)[0]
}

/** A file imports from its own module and from lower layers only, by full specifiers (`#src/...`). */
export function layersHold(layers: readonly (readonly string[])[]): Rule {
  const layerOf = (module: string) => layers.findIndex((modules) => modules.includes(module))
  return ({ path, text }) => {
    const module = moduleOf(path, layers)
    if (module === undefined) return [`${path} is in no module that is listed in a layer`]
    return importsOf(text).flatMap(({ from, line }) => {
      const at = `${path}:${line} imports ${from}`
      if (from.startsWith('.') || from.startsWith('/')) return [`${at}, a relative path`]
      if (!from.startsWith('#')) return []
      if (!/^#src\/.+\.ts$/.test(from)) return [`${at}, which is not a file of the server`]
      const other = moduleOf(from.slice(1), layers)
      if (other === undefined) return [`${at}, which is in no module that is listed in a layer`]
      const isAllowed = other === module || layerOf(other) < layerOf(module)
      return isAllowed ? [] : [`${at}, but ${other} is not below ${module}`]
    })
  }
}

/** Finds import cycles. Layers alone allow one inside a module. */
export function cyclesIn(sources: readonly Source[]): string[] {
  const imports = new Map(
    sources.map(({ path, text }) => [path, importsOf(text).map(({ from }) => from.slice(1))]),
  )
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (path: string, above: readonly string[]) => {
    if (above.includes(path)) cycles.push([...above.slice(above.indexOf(path)), path].join(' -> '))
    if (done.has(path) || above.includes(path)) return
    for (const next of imports.get(path) ?? []) if (imports.has(next)) visit(next, [...above, path])
    done.add(path)
  }
  for (const { path } of sources) visit(path, [])
  return cycles
}

export const exportsByName: Rule = ({ path, text }) => [
  ...linesWith(
    text,
    /^export\s+(?:type\s+)?(?:\*|\{[^}]*\}\s*from\b)/m,
    (line) => `${path}:${line} re-exports from another file`,
  ),
  ...linesWith(
    text,
    /^export\s+default\b|\bas\s+default\b/m,
    (line) => `${path}:${line} has a default export`,
  ),
]

/** Finds exports that no other file imports, except types. */
export function unusedExportsIn(exporting: readonly Source[], everything: readonly Source[]): string[] {
  return exporting.flatMap(({ path, text }) => {
    const names = [...text.matchAll(/^export (?:async )?(?:function\*?|const|let|class) (\w+)/gm)]
    const others = everything.filter((other) => other.path !== path)
    const takers = others.filter((other) => other.text.includes(path.replace(/^src\//, '')))
    return names
      .map(([, name = '']) => name)
      .filter((name) => !takers.some((taker) => new RegExp(`\\b${name}\\b`).test(taker.text)))
      .map((name) => `${path} exports ${name}, which no file imports`)
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

export const hasDescriptiveName: Rule = ({ path }) => {
  const words = path.replace(/\.\w+$/, '').split(/[/.-]/)
  const banned = words.filter(
    (word) => word === 'index' || bannedNames.includes(word.replace(/s$/, '')) || bannedNames.includes(word),
  )
  return banned.map((word) => `${path} has the banned word ${word} in its name`)
}

/** Limits on lines and columns. `allowed` lists the exceptions, each with its reason. */
export function staysSmall(allowed: Readonly<Record<string, string>>): Rule {
  return (source) => {
    const long = functionsOf(source.text).filter((found) => found.lines > 60)
    return [
      ...isShortFile(allowed)(source),
      ...long.map(
        (found) => `${source.path}:${found.line} is a function of ${found.lines} lines, more than 60`,
      ),
    ]
  }
}

/** The same without the limit on functions, for suites that are one function. */
export function isShortFile(allowed: Readonly<Record<string, string>>): Rule {
  return ({ path, text }) => {
    const lines = text.split('\n')
    const isLong = lines.length - 1 > 250 && allowed[path] === undefined
    const wide = lines.flatMap((line, index) =>
      line.length > 110 ? [`${path}:${index + 1} is wider than 110`] : [],
    )
    return [...(isLong ? [`${path} has ${lines.length - 1} lines, more than 250`] : []), ...wide]
  }
}

/** Only the allowed files may contain this code. */
export function onlyIn(allowed: RegExp, what: RegExp, does: string): Rule {
  return ({ path, text }) =>
    allowed.test(path) ? [] : linesWith(text, what, (line) => `${path}:${line} ${does}`)
}

/** Only the allowed files may import this. */
export function importedOnlyBy(allowed: RegExp, what: RegExp): Rule {
  return ({ path, text }) => {
    if (allowed.test(path)) return []
    const found = importsOf(text).filter(({ from }) => what.test(from))
    return found.map(({ from, line }) => `${path}:${line} imports ${from}, which only ${allowed.source} may`)
  }
}

/**
 * A model is the file that a module is named after, such as `sessions/session.ts`. It is pure: no await, no
 * I/O.
 */
export const modelsArePure: Rule = ({ path, text }) => {
  const [, module = '', file = ''] = path.split('/')
  const isModel =
    file !== '' && [`${file.replace(/\.ts$/, '')}s`, `${file.replace(/\.ts$/, '')}es`].includes(module)
  if (!isModel) return []
  const asked = importsOf(text).filter(({ from }) => /^#src\/(?:world|store\/|http\/)|\.sql\.ts$/.test(from))
  return [
    ...linesWith(
      text,
      /\b(?:async|await|Promise)\b/,
      (line) => `${path}:${line} awaits, and a model is pure`,
    ),
    ...asked.map(({ from, line }) => `${path}:${line} imports ${from}, and a model is pure`),
  ]
}

/** Checks only code, not comments and strings. */
function linesWith(text: string, what: RegExp, sentence: (line: number) => string): string[] {
  const lines = codeOf(text).split('\n')
  return lines.flatMap((line, index) => (what.test(line) ? [sentence(index + 1)] : []))
}
