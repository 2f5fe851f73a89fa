import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { browserAt, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage } from '#test/support/forms.ts'
import { freePort } from '#test/support/free-port.ts'
import { blocksOf } from '#test/support/guides.ts'
import { startServer } from '#test/support/server.ts'
import { masterKey, sigilJson } from '#test/support/sigil.ts'

const guide = readFileSync(new URL('../../docs/guides/apps.md', import.meta.url), 'utf8')
const [commands, program] = blocksOf(guide)

/** The words of a command line with single quotes. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

onBothEngines('the guide to apps', ({ freshPlace }) => {
  test('the commands of the guide register an app, and its program signs a user in and out', async () => {
    const place = await freshPlace()
    const port = await freePort()
    const lines =
      commands?.text.trim().replaceAll('3000', String(port)).replaceAll(' \\\n', '').split('\n') ?? []
    assert.equal(lines.length, 2)
    let registered = { client_id: '', client_secret: '' }
    for (const line of lines) {
      const { code, said } = await sigilJson(wordsOf(line).slice(1), { place })
      assert.equal(code, 0, JSON.stringify(said))
      registered = said as unknown as typeof registered
    }
    const server = await startServer(place, place.databaseUrl ? { SIGIL_MASTER_KEY: masterKey } : {})
    const app = await runProgram({
      ISSUER: server.world.settings.publicUrl,
      CLIENT_ID: registered.client_id,
      CLIENT_SECRET: registered.client_secret,
      PORT: String(port),
    })
    const browser = browserAt(server.url)
    const email = await arrivedOnPage(browser)
    const begun = new URL((await app.get('/sign-in')).headers.location ?? '')
    const answered = new URL((await browser.get(begun.pathname + begun.search)).headers.location ?? '')
    const finished = await app.get(answered.pathname + answered.search)
    assert.equal(finished.status, 303, finished.text)
    assert.equal((await app.get('/')).text, `Hello ${email}`)
    const leaving = new URL((await app.get('/sign-out')).headers.location ?? '')
    const left = await browser.get(leaving.pathname + leaving.search)
    assert.equal(left.headers.location, `http://localhost:${port}/`)
    assert.match((await browser.get('/account')).headers.location ?? '', /^\/sign-in/)
  })
})

/** The program of the guide in a separate process, which ends with the test. */
async function runProgram(env: Record<string, string>) {
  const { PATH = '' } = process.env
  const running = spawn(process.execPath, ['--input-type=module', '-e', program?.text ?? ''], {
    cwd: new URL('../..', import.meta.url),
    env: { PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  after(() => running.kill())
  await once(running.stdout, 'data')
  return clientAt(`http://localhost:${env.PORT}`)
}
