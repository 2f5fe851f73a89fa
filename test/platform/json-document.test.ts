import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { jsonProblemText, readJson } from '#src/platform/json-document.ts'

function problemOf(text: string): string {
  const read = readJson(text)
  return read.kind === 'problem' ? jsonProblemText(read.problem) : assert.fail(`accepted: ${text}`)
}

test('a JSON error has the line, the column and what was expected', () => {
  const cases: readonly (readonly [text: string, problem: string])[] = [
    ['', 'expected a value at line 1, column 1'],
    ['{\n  "a": 1\n  "b": 2\n}', 'expected `,` or `}` at line 3, column 3'],
    ['{\r\n  "a": [1 2]\r\n}', 'expected `,` or `]` at line 2, column 11'],
    ['{"ä€😀": nope}', 'expected a value at line 1, column 9'],
    ['{"a" 1}', 'expected `:` at line 1, column 6'],
    ['{a: 1}', 'expected a key in double quotes at line 1, column 2'],
    ["{'a': 1}", 'expected double quotes at line 1, column 2'],
    ['{"a": 1,\n}', 'an extra comma before `}` at line 2, column 1'],
    ['[1,]', 'an extra comma before `]` at line 1, column 4'],
    ['{ // why\n}', 'an unsupported comment at line 1, column 3'],
    ['{"a": "b}\n', 'an unclosed or malformed string at line 1, column 7'],
    ['{"a": "\\x"}', 'an unclosed or malformed string at line 1, column 7'],
    ['{"a": 1}\n{"b": 2}', 'expected the end at line 2, column 1'],
    ['{"a": {"b": 1, "\\u0062": 2}}', 'a repeated key at line 1, column 16'],
    ['[01]', 'expected a value at line 1, column 2'],
    [`${'['.repeat(300)}`, 'too many levels of nesting at line 1, column 202'],
  ]
  for (const [text, problem] of cases) assert.equal(problemOf(text), `is not valid JSON: ${problem}.`)
})

test('a JSON error does not quote the text, which may contain secrets', () => {
  for (const text of ['{"key": hunter2}', 'hunter2', '{"a": "hunter2', '{"hunter2": 1, "hunter2": 2}'])
    assert.doesNotMatch(problemOf(text), /hunter2/)
})

test('what JSON.parse accepts is accepted, with the same value, and nothing else', () => {
  const isParsed = (text: string) => {
    try {
      return { value: JSON.parse(text) as unknown }
    } catch {
      return undefined
    }
  }
  const same = (text: string) => {
    const read = readJson(text)
    const parsed = isParsed(text)
    if (read.kind === 'ok') assert.deepEqual(read.value, parsed?.value)
    else assert.ok(parsed === undefined || read.problem.why === 'a repeated key', text)
  }
  fc.assert(fc.property(fc.json(), same))
  const pieces = fc.constantFrom(
    ...'{}[],:"\\ \n',
    '"a"',
    '1',
    '-',
    '0',
    '.5',
    'e3',
    'true',
    'null',
    '\\n',
    '\u007f',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => same(parts.join(''))),
    { numRuns: 3000 },
  )
})
