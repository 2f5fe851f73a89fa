import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { envOf } from '#test/support/sigil.ts'

const run = promisify(execFile)

/** Libraries of sign-in methods that a server may never use. */
const late = ['@simplewebauthn/server', 'otpauth', 'qr', 'nodemailer', 'openid-client', '@zxcvbn-ts']

/** Starts a server as `sigil start` does, and prints every module of a package that was loaded by then. */
const script = `
  import { registerHooks } from 'node:module'
  const loaded = new Set()
  registerHooks({
    load(url, context, next) {
      const name = /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1]
      if (name) loaded.add(name)
      return next(url, context)
    },
  })
  const { startServer } = await import('#test/support/server.ts')
  const place = { dialect: 'sqlite', dataDir: process.env.SIGIL_DATA_DIR }
  const { url } = await startServer(place)
  await fetch(url + '/sign-in')
  await fetch(url + '/api/v1/auth/signin', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ login: 'nobody', password: 'a wrong password' }),
  })
  console.log('LOADED ' + [...loaded].join(' '))
  process.exit(0)
`

test('a server start and a sign-in with a password load no library of another method', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const words = ['--input-type=module', '--eval', script]
  const { stdout } = await run(process.execPath, words, {
    cwd: root,
    env: { ...process.env, ...envOf(place) },
  })
  const loaded = /^LOADED (.*)$/m.exec(stdout)?.[1]?.split(' ') ?? []
  assert.ok(loaded.includes('zod'), stdout)
  assert.deepEqual(
    late.filter((name) => loaded.some((one) => one === name || one.startsWith(`${name}/`))),
    [],
  )
})
