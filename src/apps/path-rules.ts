import type { Level } from '#src/users/factor.ts'
import { roleName } from '#src/users/role.ts'

/** The requirement of a request; any one of the roles is enough, and without roles every user has access. */
export type Requirement =
  | { readonly kind: 'public' }
  | { readonly kind: 'signed_in'; readonly level: Level; readonly roles: readonly string[] }

/** The longest path that contains the request decides. */
export type PathRule = { readonly path: string; readonly requires: Requirement }

const signedIn: Requirement = { kind: 'signed_in', level: 'aal1', roles: [] }

/** A path that every program reads in the same way. */
const rulePath = /^\/$|^(?:\/[\w~@:=+,!$-][\w.~@:=+,!$-]*)+$/

export function isRulePath(text: string): boolean {
  return text.length <= 500 && rulePath.test(text)
}

/** Reads `public`, `signed_in`, `aal2`, `roles:a,b` and `aal2+roles:a,b`; undefined for anything else. */
export function requirementIn(text: string): Requirement | undefined {
  if (text === 'public') return { kind: 'public' }
  if (text === 'signed_in') return signedIn
  if (text === 'aal2') return { kind: 'signed_in', level: 'aal2', roles: [] }
  const [, prefix, list = ''] = /^(aal2\+)?roles:(.*)$/.exec(text) ?? []
  const roles = list.split(',')
  if (!roles.every((name) => roleName.test(name))) return undefined
  return { kind: 'signed_in', level: prefix === undefined ? 'aal1' : 'aal2', roles }
}

/** The opposite of `requirementIn`. */
export function requirementText(requirement: Requirement): string {
  if (requirement.kind === 'public') return 'public'
  const { level, roles } = requirement
  const parts = [...(level === 'aal2' ? ['aal2'] : []), ...(roles.length > 0 ? [`roles:${roles}`] : [])]
  return parts.join('+') || 'signed_in'
}

/** Whether two rules are for the same path, for programs that ignore case. */
export function hasDoubledPath(rules: readonly PathRule[]): boolean {
  return new Set(rules.map(({ path }) => folded(path))).size < rules.length
}

/** All segments are lower case and none begins with a dot: there is one reading. */
const plainTarget = /^(?:\/[a-z0-9_~-][a-z0-9._~-]*)*\/?(?:\?|$)/

/**
 * All requirements that a request for this path has to meet: programs read the same path in different ways,
 * and Sigil does not know how the app reads it. Undefined if the path must not be passed on at all.
 */
export function requirementsFor(
  rules: readonly PathRule[],
  target: string,
): readonly Requirement[] | undefined {
  if (!target.startsWith('/')) return undefined
  if (rules.length === 0) return [signedIn]
  const question = target.indexOf('?')
  const path = question === -1 ? target : target.slice(0, question)
  const isPlain = plainTarget.test(target) && !rules.some((rule) => /[A-Z]/.test(rule.path))
  if (isPlain) return [requirementAt(rules, path)]
  const readings = readingsOf(path)
  return readings && [...new Set(readings.flatMap((reading) => bothCases(rules, reading)))]
}

function bothCases(rules: readonly PathRule[], reading: string): Requirement[] {
  const foldedRules = rules.map(({ path, requires }) => ({ path: folded(path), requires }))
  return [requirementAt(rules, reading), requirementAt(foldedRules, folded(reading))]
}

function requirementAt(rules: readonly PathRule[], path: string): Requirement {
  let best: PathRule | undefined
  for (const rule of rules) {
    if (isUnder(path, rule.path) && rule.path.length > (best?.path.length ?? 0)) best = rule
  }
  return best?.requires ?? signedIn
}

function isUnder(path: string, prefix: string): boolean {
  const base = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix
  return path === base || path.startsWith(`${base}/`)
}

function folded(path: string): string {
  return path.toLowerCase()
}

/** No web server decodes a path more often. */
const maxDecodings = 4

/**
 * Every path that a program may read this one as: decoded or not, cut at an encoded `?`, without parameters
 * (`;`), with `\` for `/`, with empty and dot segments resolved or not. Undefined with control characters, or
 * encoded more deeply than any of them decodes.
 */
function readingsOf(path: string): string[] | undefined {
  const readings = new Set<string>()
  let text = path
  for (let decodings = 0; decodings <= maxDecodings; decodings++) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
    if (/[\x00-\x1f\x7f]/.test(text)) return undefined
    for (const reading of formsOf(text)) readings.add(reading)
    const decoded = decodedOnce(text)
    if (decoded === text) return [...readings]
    text = decoded
  }
  return undefined
}

function formsOf(text: string): string[] {
  const [cut = ''] = text.split(/[?#]/)
  return [text, cut].flatMap((one) => {
    const slashed = one.replaceAll('\\', '/')
    const bare = slashed.replaceAll(/;[^/]*/g, '')
    const merged = bare.replaceAll(/\/{2,}/g, '/')
    return [one, slashed, bare, merged, resolved(slashed), resolved(bare), resolved(merged)]
  })
}

/** RFC 3986 section 5.2.4. */
function resolved(path: string): string {
  const kept: string[] = []
  const segments = path.split('/').slice(1)
  for (const [at, segment] of segments.entries()) {
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
    const isDot = segment === '.' || segment === '..'
    if (isDot && at === segments.length - 1) kept.push('')
  }
  return `/${kept.join('/')}`
}

/** Byte by byte, and like many programs it tolerates a `%` that is not an escape. */
function decodedOnce(text: string): string {
  return text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
}
