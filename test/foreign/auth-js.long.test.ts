import { execFile } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import {
  assertSignsInAndOut,
  registerForeignApp,
  runForeignApp,
  serverOfForeignApps,
} from '#test/support/foreign-app.ts'

/** Not a dependency: its optional peers require an old version of a package that the server needs. */
const wanted = '@auth/core@0.41.3'

test('Auth.js: an app signs a user in, refreshes, and is signed out', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sigil-auth-js-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'package.json'), '{"private":true}')
  const words = ['install', wanted, '--ignore-scripts', '--no-audit', '--no-fund']
  try {
    await promisify(execFile)('npm', words, { cwd: folder, timeout: 120_000 })
  } catch {
    return t.skip(`${wanted} cannot be fetched here.`)
  }
  const program = join(folder, 'app.mjs')
  copyFileSync(new URL('auth-js.mjs', import.meta.url), program)
  const foreign = await registerForeignApp(await serverOfForeignApps(), '/auth/callback/sigil')
  await runForeignApp(foreign, [process.execPath, program])
  await assertSignsInAndOut(foreign)
})
