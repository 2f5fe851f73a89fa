import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
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

const example = fileURLToPath(new URL('../../examples/sign-in/java/App.java', import.meta.url))
const jars = fileURLToPath(new URL('../../.cache/java', import.meta.url))

test('Java with Nimbus: the example signs a user in, refreshes, and is signed out', async (t) => {
  if (!existsSync(jars)) return t.skip('The Nimbus SDK is missing. bin/fetch-java fetches it.')
  const folder = mkdtempSync(join(tmpdir(), 'sigil-java-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  await promisify(execFile)('javac', ['-cp', `${jars}/*`, '-d', folder, example])
  const foreign = await registerForeignApp(await serverOfForeignApps())
  await runForeignApp(foreign, ['java', '-cp', `${folder}:${jars}/*`, 'App'])
  await assertSignsInAndOut(foreign)
})
