import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import {
  assertSignsInAndOut,
  registerForeignApp,
  runForeignApp,
  serverOfForeignApps,
} from '#test/support/foreign-app.ts'
import { programOrSkip } from '#test/support/programs.ts'

const run = promisify(execFile)
const cwd = fileURLToPath(new URL('../../examples/sign-in/go', import.meta.url))

test('Go with go-oidc: the example signs a user in, refreshes, and is signed out', async (t) => {
  const go = programOrSkip('go', t)
  if (!go) return
  const env = { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly' }
  try {
    await run(go, ['mod', 'download'], { cwd, env })
  } catch {
    return t.skip('The Go modules of the example cannot be fetched here.')
  }
  const folder = mkdtempSync(join(tmpdir(), 'sigil-go-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  const program = join(folder, 'app')
  await run(go, ['build', '-o', program, '.'], { cwd, env })
  const foreign = await registerForeignApp(await serverOfForeignApps())
  await runForeignApp(foreign, [program])
  await assertSignsInAndOut(foreign)
})
