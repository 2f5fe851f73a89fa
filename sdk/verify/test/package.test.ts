import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { byCli } from '../../../src/audit/by.ts'
import { addVerifier } from '../../../src/revocations/verifier-keys.ts'
import { clientAt } from '../../../test/support/client.ts'
import { freshDatabaseUrl } from '../../../test/support/engines.ts'
import { blocksOf } from '../../../test/support/guides.ts'
import { logOutEverywhere, signedIn, signedUp } from '../../../test/support/people.ts'
import { startServer } from '../../../test/support/server.ts'
import { type Installed, installed, runFile, runtimes, typeCheck, withExamples } from './support/packed.ts'

describe('the package as it is published', () => {
  let stranger: Installed

  before(async () => {
    stranger = await installed()
  })
  after(() => stranger.remove())

  test('holds what is compiled, its types, its licence and its readme, and nothing else', () => {
    const wrong = stranger.files.filter((path) => !/^dist\/[a-z-]+(?:\.js|\.d\.ts)$/.test(path))
    assert.deepEqual(wrong, ['LICENSE', 'README.md', 'package.json'])
    for (const entry of ['verify', 'express', 'fastify', 'hono', 'next', 'node']) {
      assert.ok(stranger.files.includes(`dist/${entry}.js`) && stranger.files.includes(`dist/${entry}.d.ts`))
    }
  })

  test('has types that stand on their own in a browser project and in a Node project', async () => {
    const entries = ['', '/express', '/fastify', '/hono', '/next', '/node']
    const lines = entries.map((entry, at) => `export * as x${at} from '@sigil/verify${entry}'`)
    writeFileSync(join(stranger.folder, 'all.ts'), `${lines.join('\n')}\n`)
    await typeCheck(stranger.folder, { types: [], lib: ['es2023', 'dom'] }, ['all.ts'])
  })

  test('the examples type-check against it', async () => {
    withExamples(stranger)
    const include = ['express', 'fastify', 'hono', 'next', 'node'].map((name) => `examples/${name}/**/*.ts`)
    await typeCheck(stranger.folder, { types: ['node'], lib: ['esnext'], skipLibCheck: true }, include)
  })

  test('what its readme shows is a server that keeps strangers out', async (t) => {
    const readme = readFileSync(join(stranger.folder, 'node_modules/@sigil/verify/README.md'), 'utf8')
    const [{ text } = { text: '' }] = blocksOf(readme).filter(({ language }) => language === 'js')
    const program = join(stranger.folder, 'server.mjs')
    writeFileSync(program, text)
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
  })

  for (const runtime of runtimes()) {
    test(`checks and revokes tokens on ${runtime.name}`, async () => {
      const server = await startServer(await freshDatabaseUrl('sqlite'))
      const added = await addVerifier(server.world, { name: 'probe', by: byCli })
      const client = clientAt(server.url)
      const person = await signedUp(client)
      const [session, other] = [await signedIn(client, person), await signedIn(client, person)]
      const probe = join(stranger.folder, 'probe.mjs')
      cpSync(fileURLToPath(new URL('support/probe.mjs', import.meta.url)), probe)
      const said = await runFile(runtime, probe, {
        ISSUER: server.world.settings.publicUrl,
        KEY: added?.key ?? '',
        TOKEN: session.access_token,
        OTHER: other.access_token,
      })
      assert.deepEqual(JSON.parse(said), {
        userId: person.id,
        isSync: !runtime.name.includes('without'),
        forged: 'bad_signature',
        everywhere: true,
        after: 'revoked',
        closed: 'closed',
        adapters: ['function', 'function', 'function', 'function', 'function'],
      })
      await server.stop()
    })
  }
})
