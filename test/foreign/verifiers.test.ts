import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { assertVerifies } from '#test/support/foreign-verifier.ts'
import { programOrSkip } from '#test/support/programs.ts'

const run = promisify(execFile)
const pathOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const python = pathOf('.cache/python/bin/python')
const jars = pathOf('.cache/java')

for (const library of ['joserfc', 'pyjwt']) {
  test(`the example for ${library} accepts access tokens of Sigil and nothing else`, async (t) => {
    if (!existsSync(python)) return t.skip(`${library} is missing. bin/fetch-python fetches it.`)
    await assertVerifies([python, pathOf(`examples/verify/verify_${library}.py`)])
  })
}

test('the example for go-jose accepts access tokens of Sigil and nothing else', async (t) => {
  const go = programOrSkip('go', t)
  if (!go) return
  const cwd = pathOf('examples/verify/go')
  const env = { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly' }
  try {
    await run(go, ['mod', 'download'], { cwd, env })
  } catch {
    return t.skip('The Go modules of the example cannot be fetched here.')
  }
  const program = join(newFolder(), 'verify')
  await run(go, ['build', '-o', program, '.'], { cwd, env })
  await assertVerifies([program])
})

test('the example for Nimbus JOSE + JWT accepts access tokens of Sigil and nothing else', async (t) => {
  if (!existsSync(jars)) return t.skip('Nimbus JOSE + JWT is missing. bin/fetch-java fetches it.')
  const folder = newFolder()
  await run('javac', ['-cp', `${jars}/*`, '-d', folder, pathOf('examples/verify/java/Verify.java')])
  await assertVerifies(['java', '-cp', `${folder}:${jars}/*`, 'Verify'])
})

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sigil-verifier-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
