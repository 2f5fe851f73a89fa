import { globSync, readFileSync, statSync } from 'node:fs'

/** A file of this repository, with its path from the root. */
export type Source = { path: string; text: string }

export type Import = { from: string; line: number }

export function sourcesOf(...patterns: string[]): Source[] {
  const paths = globSync(patterns, { exclude: ['**/node_modules', '**/dist', '.cache', '.git', 'data'] })
  // Folders may have a dot in their names too.
  const files = paths.filter((path) => statSync(path).isFile())
  return files.sort().map((path) => ({ path, text: readFileSync(path, 'utf8') }))
}

const comment = String.raw`\/\/[^\n]*|\/\*[\s\S]*?\*\/`
const quoted = String.raw`'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"`
const template = '`(?:\\\\[\\s\\S]|[^`\\\\])*`'
// A slash starts a regular expression where a value is expected; elsewhere it divides.
const whereValuesStand = String.raw`(?<=(?:[(=,:[!&|?{};]|=>|return)\s*)`
const pattern = String.raw`${whereValuesStand}\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*`
const notCode = new RegExp([comment, quoted, template, pattern].join('|'), 'g')

/**
 * Returns the text with comments and strings blanked out, line for line, so that rules apply to code only.
 */
export function codeOf(text: string): string {
  return text.replace(notCode, (token) => {
    if (!token.startsWith('`')) return blank(token)
    const insertions = [...token.matchAll(/\$\{([^{}]*)\}/g)].map((match) => match[1]).join(' ')
    return `\`${insertions}\`${token.replace(/[^\n]/g, '')}`
  })
}

/** Returns all imports, including imports of types and re-exports. */
export function importsOf(text: string): Import[] {
  const code = text.replace(notCode, (token) => (/^\/[/*]/.test(token) ? blank(token) : token))
  const statements =
    /^(?:import|export)\b[^'"`;()]*?\bfrom\s*'([^']+)'|^import\s*'([^']+)'|\bimport\(\s*'([^']+)'/gm
  return [...code.matchAll(statements)].map((match) => {
    const from = match[1] ?? match[2] ?? match[3] ?? ''
    return { from, line: lineAt(code, match.index) }
  })
}

/**
 * Returns where functions start and how many lines they have. By the indentation of the formatter, a function
 * ends at the first closing brace in the column of the line that opened it.
 */
export function functionsOf(text: string): { line: number; lines: number }[] {
  const lines = text.split('\n')
  return lines.flatMap((opening, index) => {
    if (!opensFunction(opening)) return []
    const indent = /^\s*/.exec(opening)?.[0] ?? ''
    const length = lines.slice(index + 1).findIndex((line) => line.startsWith(`${indent}}`))
    return length < 0 ? [] : [{ line: index + 1, lines: length + 2 }]
  })
}

function opensFunction(line: string): boolean {
  const isStatement = /^\s*(?:\} )?(?:if|else|for|while|switch|catch|try|do)\b/.test(line)
  const opensBody =
    /\bfunction\b.*\{$|=> \{$|^\s*[\w.#\s]*\([^()]*\)(?:: [^=]+)? \{$|^\s*\)(?:: [^=]+)? \{$/.test(line)
  return opensBody && !isStatement
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}

function blank(token: string): string {
  return token.replace(/[^\n]/g, ' ')
}
