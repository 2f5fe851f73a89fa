import { sourcesOf } from '#test/support/source.ts'

/** A guard of a promise, how to remove it, and the tests that fail without it. */
export type Mutation = {
  /** The promise, as in the name of the failing test. */
  readonly without: string
  /** The code of the guard. It must match at exactly one place of the server and the SDK. */
  readonly guard: RegExp
  /** The replacement. `$&` and `$1` work as in `String.replace`. */
  readonly becomes: string
  /** The surrounding function, if the guard alone is not unique. */
  readonly in?: string
  readonly caughtBy: Catcher
}

/** A test file, and the engine that it runs on; both by default. */
export type Catcher = { readonly file: string; readonly on?: 'sqlite' | 'postgres' }

export function sqlite(file: string): Catcher {
  return { file: `test/${file}.test.ts`, on: 'sqlite' }
}

export function postgres(file: string): Catcher {
  return { file: `test/${file}.test.ts`, on: 'postgres' }
}

export function alone(file: string): Catcher {
  return { file: `test/${file}.test.ts` }
}

/** Returns the file with the guard removed. Throws if the guard is not found exactly once. */
export function mutate(mutation: Mutation): { path: string; text: string } {
  const found = sourcesOf('src/**/*.ts', 'sdk/*/src/**/*.ts').flatMap(({ path, text }) =>
    partsOf(text, mutation.in).flatMap(({ from, to }) => {
      const part = text.slice(from, to)
      const matches = [...part.matchAll(new RegExp(mutation.guard, 'g'))]
      const changed = part.replace(mutation.guard, mutation.becomes)
      return matches.map(() => ({ path, text: text.slice(0, from) + changed + text.slice(to) }))
    }),
  )
  const [only, ...others] = found
  if (only && others.length === 0) return only
  const places = found.map(({ path }) => path).join(', ') || 'nowhere'
  const where = mutation.in === undefined ? '' : ` in ${mutation.in}`
  throw new Error(
    `The guard "${mutation.without}" must be found exactly once, but was found here: ${places}. ` +
      `Correct its pattern in test/mutations: ${mutation.guard}${where}`,
  )
}

/** The functions of this name, by the indentation that the formatter keeps; the whole text without a name. */
function partsOf(text: string, name: string | undefined): { from: number; to: number }[] {
  if (name === undefined) return [{ from: 0, to: text.length }]
  const opening = new RegExp(
    `^( *)(?:export )?(?:async )?(?:function\\*? |const )?#?${name}\\b(?: = |\\(|<|: ).*$`,
    'gm',
  )
  return [...text.matchAll(opening)].map(({ index, 1: indent }) => {
    const closing = new RegExp(`^${indent}[}\\])].*$`, 'gm')
    closing.lastIndex = index + 1
    let end = closing.exec(text)
    // The end of the parameters is not the end of the function.
    while (end && /[{(]$/.test(end[0])) end = closing.exec(text)
    return { from: index, to: end ? end.index + end[0].length : text.length }
  })
}
