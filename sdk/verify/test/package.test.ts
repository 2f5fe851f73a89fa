import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { byCli } from '../../../src/audit/by.ts'
import { addVerifier } from '../../../src/revocations/verifier-keys.ts'
import { registerApp } from '../../../test/support/app-sign-in.ts'
import { browserAt, clientAt } from '../../../test/support/client.ts'
import { freshDatabaseUrl } from '../../../test/support/engines.ts'
import { freePort } from '../../../test/support/free-port.ts'
import { blocksOf } from '../../../test/support/guides.ts'
import { logOutEverywhere, signedIn, signedUp } from '../../../test/support/people.ts'
import { startServer } from '../../../test/support/server.ts'
import { type Installed, installed, runFile, runtimes, typeCheck, withExamples } from './support/packed.ts'
import { cookieSecret, signInAt } from './support/web-app.ts'
import { askWorker, hasWorkerd } from './support/workerd.ts'

describe('the published package', () => {
  let consumer: Installed

  before(async () => {
    consumer = await installed()
  })
  after(() => consumer.remove())

  test('the package contains the compiled code, types, licence and readme, and nothing else', () => {
    const wrong = consumer.files.filter((path) => !/^dist\/[a-z-]+(?:\.js|\.d\.ts)$/.test(path))
    assert.deepEqual(wrong, ['LICENSE', 'README.md', 'package.json'])
    for (const entry of ['verify', 'express', 'fastify', 'hono', 'next', 'node', 'sign-in']) {
      assert.ok(consumer.files.includes(`dist/${entry}.js`) && consumer.files.includes(`dist/${entry}.d.ts`))
    }
  })

  test('the types of the package compile in a browser project and in a Node project', async () => {
    const entries = ['', '/express', '/fastify', '/hono', '/next', '/node', '/sign-in']
    const lines = entries.map((entry, at) => `export * as x${at} from '@sigil/verify${entry}'`)
    writeFileSync(join(consumer.folder, 'all.ts'), `${lines.join('\n')}\n`)
    await typeCheck(consumer.folder, { types: [], lib: ['es2023', 'dom'] }, ['all.ts'])
  })

  test('the examples type-check against the package', async () => {
    withExamples(consumer)
    const include = ['express', 'fastify', 'hono', 'next', 'node'].map((name) => `examples/${name}/**/*.ts`)
    await typeCheck(consumer.folder, { types: ['node'], lib: ['esnext'], skipLibCheck: true }, include)
  })

  for (const type of ['commonjs', 'module']) {
    for (const [at, file] of ['server.mjs', 'server.cjs'].entries()) {
      test(`the snippet in the readme works as ${file} in a project of type ${type}`, async (t) => {
        const manifest = join(consumer.folder, 'package.json')
        writeFileSync(manifest, JSON.stringify({ ...JSON.parse(readFileSync(manifest, 'utf8')), type }))
        writeFileSync(
          join(consumer.folder, file),
          snippets()[at + 1] ?? assert.fail('There is no such snippet.'),
        )
        await assertGuarded(t, join(consumer.folder, file))
      })
    }
  }

  test('the web app in the readme signs a user in and out', async (t) => {
    writeFileSync(join(consumer.folder, 'shop.mjs'), snippets()[0] ?? '')
    await assertSignsIn(t, join(consumer.folder, 'shop.mjs'))
  })

  /** The JavaScript of the installed readme. */
  function snippets(): string[] {
    const readme = readFileSync(join(consumer.folder, 'node_modules/@sigil/verify/README.md'), 'utf8')
    return blocksOf(readme).flatMap(({ language, text }) => (language === 'js' ? [text] : []))
  }

  for (const runtime of runtimes()) {
    test(`the package checks and revokes tokens on ${runtime.name}`, async () => {
      const isSync = !runtime.name.includes('without')
      await assertProbed(consumer, isSync, (file, env) => runFile(runtime, `${file}-process.mjs`, env))
    })
  }

  test('the package checks and revokes tokens on workerd', async (t) => {
    if (!hasWorkerd) return t.skip('workerd was not fetched')
    await assertProbed(consumer, false, (_, env) => askWorker(consumer.folder, 'probe-worker.mjs', env))
  })
})

/** Lets a runtime use the package with a server. Without `node:crypto` it cannot verify synchronously. */
async function assertProbed(
  consumer: Installed,
  isSync: boolean,
  run: (file: string, env: Record<string, string>) => Promise<string>,
): Promise<void> {
  const server = await startServer(await freshDatabaseUrl('sqlite'))
  const added = await addVerifier(server.world, { name: 'probe', by: byCli })
  const client = clientAt(server.url)
  const person = await signedUp(client)
  const [session, other] = [await signedIn(client, person), await signedIn(client, person)]
  for (const file of ['probe.mjs', 'probe-process.mjs', 'probe-worker.mjs']) {
    cpSync(fileURLToPath(new URL(`support/${file}`, import.meta.url)), join(consumer.folder, file))
  }
  const output = await run(join(consumer.folder, 'probe'), {
    ISSUER: server.world.settings.publicUrl,
    KEY: added?.key ?? '',
    TOKEN: session.access_token,
    OTHER: other.access_token,
  })
  assert.deepEqual(JSON.parse(output), {
    userId: person.id,
    isSync,
    forged: 'bad_signature',
    everywhere: true,
    after: 'revoked',
    closed: 'closed',
    adapters: ['function', 'function', 'function', 'function', 'function'],
  })
  await server.stop()
}

/** Runs the program as a web app, and checks that a user can sign in, see the page and sign out. */
async function assertSignsIn(t: TestContext, program: string): Promise<void> {
  const sigil = await startServer(await freshDatabaseUrl('sqlite'))
  const port = await freePort()
  const appUrl = `http://localhost:${port}`
  const app = await registerApp(sigil.world, {
    redirectUris: [`${appUrl}/callback`],
    postLogoutUris: [`${appUrl}/`],
  })
  const env = { ISSUER: sigil.world.settings.publicUrl, CLIENT_ID: app.id, CLIENT_SECRET: app.secret }
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, ...env, COOKIE_SECRET: cookieSecret, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  const browser = browserAt(appUrl)
  const { sigilBrowser } = await signInAt({ sigil, app, appUrl }, browser, { path: '/' })
  assert.match((await browser.get('/')).text, /Your id is .*Sign out/)
  const leaving = new URL((await browser.send('POST', '/sign-out')).headers.location ?? '')
  const left = await sigilBrowser.get(leaving.pathname + leaving.search)
  assert.equal(left.headers.location, `${appUrl}/`)
  assert.equal((await browser.get('/')).status, 401)
  await sigil.stop()
}

/** Runs the program as a server, and checks that it accepts a valid token until that is revoked. */
async function assertGuarded(t: TestContext, program: string): Promise<void> {
  const sigil = await startServer(await freshDatabaseUrl('sqlite'))
  const added = await addVerifier(sigil.world, { name: 'shop', by: byCli })
  const client = clientAt(sigil.url)
  const person = await signedUp(client)
  const env = { SIGIL_ISSUER: sigil.world.settings.publicUrl, SIGIL_VERIFIER_KEY: added?.key, PORT: '0' }
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  const [line] = await once(child.stdout, 'data')
  const shop = clientAt(`${line}`.trim())
  assert.equal((await shop.get('/')).status, 401)
  const { access_token: bearer } = await signedIn(client, person)
  assert.deepEqual((await shop.get('/', { bearer })).status, 200)
  await logOutEverywhere(client, bearer)
  assert.equal((await shop.get('/', { bearer })).status, 401)
  await sigil.stop()
}
