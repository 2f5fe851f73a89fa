import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
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
import { installed } from '../../sdk/verify/test/support/packed.ts'

const example = fileURLToPath(new URL('../../examples/sign-in/next', import.meta.url))
const wanted = ['next@16.4.6', 'react@19', 'react-dom@19']

test('Next.js: the example signs a user in, refreshes, and is signed out', async (t) => {
  const consumer = await installed()
  after(() => consumer.remove())
  const cwd = mkdtempSync(join(tmpdir(), 'sigil-next-'))
  after(() => rmSync(cwd, { recursive: true, force: true }))
  cpSync(example, cwd, { recursive: true })
  writeFileSync(join(cwd, 'package.json'), '{"private":true,"type":"module"}')
  const words = ['install', ...wanted, '--ignore-scripts', '--no-audit', '--no-fund']
  try {
    await promisify(execFile)('npm', words, { cwd, timeout: 300_000 })
  } catch {
    return t.skip(`${wanted[0]} cannot be fetched here.`)
  }
  cpSync(join(consumer.folder, 'node_modules/@sigil'), join(cwd, 'node_modules/@sigil'), { recursive: true })
  const foreign = await registerForeignApp(await serverOfForeignApps())
  const next = join(cwd, 'node_modules/next/dist/bin/next')
  const more = { NEXT_TELEMETRY_DISABLED: '1' }
  const port = new URL(foreign.appUrl).port
  await runForeignApp(foreign, [process.execPath, next, 'dev', '-p', port], { cwd, more })
  await assertSignsInAndOut(foreign)
})
