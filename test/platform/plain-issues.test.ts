import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { checked, sentenceOf } from '#src/platform/plain-issues.ts'

const App = z.strictObject({
  name: z.string().min(1).max(5),
  kind: z.enum(['web', 'native', 'machine']).optional(),
  uris: z.array(z.string()).max(2).optional(),
  lifetime: z.int().min(60).max(3600).optional(),
  first: z.boolean().optional(),
  secret: z.union([z.strictObject({ env: z.string() }), z.string()]).optional(),
})
const File = z.strictObject({ apps: z.array(App) })

function sentences(value: unknown): string[] {
  const read = checked(File, value)
  return read.kind === 'ok' ? [] : read.problems.map((problem) => sentenceOf(problem, 'The file'))
}

test('each problem names the path of its field and what is allowed there', () => {
  const app = { name: 'a' }
  const cases: readonly (readonly [apps: unknown, sentence: string])[] = [
    [[app, app, {}], 'apps[2].name is required.'],
    [[{ name: 7 }], 'apps[0].name must be a string.'],
    [[{ name: '' }], 'apps[0].name must not be empty.'],
    [[{ name: 'abcdef' }], 'apps[0].name must have at most 5 characters.'],
    [[{ ...app, kind: 'wbe' }], 'apps[0].kind must be one of `web`, `native`, `machine`.'],
    [[{ ...app, uris: 'x' }], 'apps[0].uris must be a list.'],
    [[{ ...app, uris: ['a', null] }], 'apps[0].uris[1] must be a string.'],
    [[{ ...app, uris: ['a', 'b', 'c'] }], 'apps[0].uris must have at most 2 entries.'],
    [[{ ...app, lifetime: 1 }], 'apps[0].lifetime must be at least 60.'],
    [[{ ...app, lifetime: 99_999 }], 'apps[0].lifetime must be at most 3600.'],
    [[{ ...app, lifetime: 60.5 }], 'apps[0].lifetime must be a whole number.'],
    [[{ ...app, first: 'yes' }], 'apps[0].first must be true or false.'],
    [[{ ...app, secret: 1 }], 'apps[0].secret has none of the allowed forms.'],
    [[{ ...app, liftime: 1 }], 'apps[0]: Unknown field `liftime`. Did you mean `lifetime`?'],
    [[{ ...app, zzz: 1 }], 'apps[0]: Unknown field `zzz`. Remove it.'],
    [['x'], 'apps[0] must be an object.'],
    [{}, 'apps must be a list.'],
  ]
  for (const [apps, sentence] of cases) assert.deepEqual(sentences({ apps }), [sentence])
  assert.deepEqual(sentences([]), ['The file must be an object.'])
  assert.deepEqual(sentences({ apps: [], app: [] }), ['Unknown field `app`. Did you mean `apps`?'])
})

test('a check with a message of its own keeps it, after the path or for itself', () => {
  const read = (error: string) => {
    const result = checked(z.strictObject({ url: z.string().regex(/^https:/, error) }), { url: 'x' })
    return result.kind === 'ok' ? '' : result.problems.map((one) => sentenceOf(one, 'The file')).join()
  }
  assert.equal(read('must be an https URL'), 'url must be an https URL.')
  assert.equal(read('Use an https URL.'), 'url: Use an https URL.')
})
