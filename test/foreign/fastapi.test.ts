import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import {
  assertSignsInAndOut,
  registerForeignApp,
  runForeignApp,
  serverOfForeignApps,
} from '#test/support/foreign-app.ts'

const example = fileURLToPath(new URL('../../examples/sign-in', import.meta.url))
const python = fileURLToPath(new URL('../../.cache/python/bin/python', import.meta.url))

test('FastAPI with Authlib: the example signs a user in, refreshes, and is signed out', async (t) => {
  if (!existsSync(python)) return t.skip('FastAPI and Authlib are missing. bin/fetch-python fetches them.')
  const foreign = await registerForeignApp(await serverOfForeignApps())
  const port = new URL(foreign.appUrl).port
  await runForeignApp(foreign, [python, '-m', 'uvicorn', 'fastapi_app:app', '--port', port], { cwd: example })
  await assertSignsInAndOut(foreign)
})
