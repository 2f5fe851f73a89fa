/** JSON that a person wrote, or what is wrong with it: what was expected, and where. */
export type ReadJson =
  | { readonly kind: 'ok'; readonly value: unknown }
  | { readonly kind: 'problem'; readonly problem: JsonProblem }

/** Lines and columns are counted from 1. */
export type JsonProblem = { readonly why: string; readonly line: number; readonly column: number }

/**
 * Parses JSON and locates its first error, without quoting the text, which may contain secrets. A key that
 * an object has twice is an error, because `JSON.parse` would silently drop one of the values.
 */
export function readJson(text: string): ReadJson {
  const fault = faultIn(text)
  if (!fault) return { kind: 'ok', value: JSON.parse(text) }
  const lines = text.slice(0, fault.at).split(/\r\n|\r|\n/)
  const column = [...(lines.at(-1) ?? '')].length + 1
  return { kind: 'problem', problem: { why: fault.why, line: lines.length, column } }
}

/** As in "FILE is not valid JSON: expected a value at line 3, column 5." */
export function jsonProblemText({ why, line, column }: JsonProblem): string {
  return `is not valid JSON: ${why} at line ${line}, column ${column}.`
}

type Fault = { readonly at: number; readonly why: string }

/** No setting has as many levels, and recursion over more of them would exhaust the stack. */
const maxDepth = 200

const forms = {
  space: /[ \t\n\r]*/y,
  string: /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/uy,
  number: /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])/y,
  word: /(?:true|false|null)(?!\w)/y,
}

type Cursor = ReturnType<typeof cursorOver>

/** A place in the text that moves forward over what matches. */
function cursorOver(text: string) {
  let at = 0

  function match(form: RegExp): string | undefined {
    form.lastIndex = at
    const [found] = form.exec(text) ?? []
    if (found !== undefined) at += found.length
    return found
  }

  return {
    match,
    isAtEnd: () => at === text.length,
    takes(character: string): boolean {
      match(forms.space)
      if (text[at] !== character) return false
      at++
      return true
    },
    expected(what: string): Fault {
      match(forms.space)
      return { at, why: hintAt(text, at) ?? `expected ${what}` }
    },
    /** An error at what was read last. */
    before: (length: number, why: string): Fault => ({ at: at - length, why }),
  }
}

/** The first violation of the grammar of RFC 8259. */
function faultIn(text: string): Fault | undefined {
  const cursor = cursorOver(text)
  const fault = valueFault(cursor, 0)
  if (fault) return fault
  cursor.match(forms.space)
  return cursor.isAtEnd() ? undefined : cursor.expected('the end')
}

function valueFault(cursor: Cursor, depth: number): Fault | undefined {
  if (depth > maxDepth) return cursor.before(0, 'too many levels of nesting')
  if (cursor.takes('{')) return membersFault(cursor, depth)
  if (cursor.takes('[')) return itemsFault(cursor, depth)
  const isScalar = [forms.string, forms.number, forms.word].some((form) => cursor.match(form) !== undefined)
  return isScalar ? undefined : cursor.expected('a value')
}

function itemsFault(cursor: Cursor, depth: number): Fault | undefined {
  if (cursor.takes(']')) return undefined
  do {
    if (cursor.takes(']')) return cursor.before(1, 'an extra comma before `]`')
    const fault = valueFault(cursor, depth + 1)
    if (fault) return fault
  } while (cursor.takes(','))
  return cursor.takes(']') ? undefined : cursor.expected('`,` or `]`')
}

function membersFault(cursor: Cursor, depth: number): Fault | undefined {
  if (cursor.takes('}')) return undefined
  const keys = new Set<unknown>()
  do {
    if (cursor.takes('}')) return cursor.before(1, 'an extra comma before `}`')
    const key = cursor.match(forms.string)
    if (key === undefined) return cursor.expected('a key in double quotes')
    const name: unknown = JSON.parse(key)
    if (keys.has(name)) return cursor.before(key.length, 'a repeated key')
    keys.add(name)
    if (!cursor.takes(':')) return cursor.expected('`:`')
    const fault = valueFault(cursor, depth + 1)
    if (fault) return fault
  } while (cursor.takes(','))
  return cursor.takes('}') ? undefined : cursor.expected('`,` or `}`')
}

/** Frequent mistakes, by the character where the grammar was violated. */
function hintAt(text: string, at: number): string | undefined {
  switch (text[at]) {
    case '"':
      return isWholeString(text, at) ? undefined : 'an unclosed or malformed string'
    case "'":
      return 'expected double quotes'
    case '/':
    case '#':
      return 'an unsupported comment'
    default:
      return undefined
  }
}

function isWholeString(text: string, at: number): boolean {
  forms.string.lastIndex = at
  return forms.string.test(text)
}
