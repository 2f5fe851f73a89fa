import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { answerToApp } from '#test/support/app-sign-in.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { arrivedOnPage } from '#test/support/forms.ts'
import { blocksOf } from '#test/support/guides.ts'
import { startServer } from '#test/support/server.ts'
import { sigilJson } from '#test/support/sigil.ts'

const guide = readFileSync(new URL('../../docs/guides/topologies.md', import.meta.url), 'utf8')
const blocks = blocksOf(guide)
const lines = blocks
  .filter(({ language }) => language === 'sh')
  .flatMap(({ text }) => text.trim().split('\n'))

/** The words of a command line with single quotes. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

test('the commands of the guide to topologies register every app, and its programs get tokens', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const printed = new Map<string, Registered>()
  for (const line of lines.filter((one) => one.startsWith('bin/sigil '))) {
    const words = wordsOf(line).slice(1)
    const { code, said } = await sigilJson(words, { place })
    assert.equal(code, 0, `${line}: ${JSON.stringify(said)}`)
    printed.set(words[2] ?? '', said as unknown as Registered)
  }
  assert.deepEqual([...printed.keys()], ['Shop', 'notes', 'Notes', 'Notes CLI', 'Backup'])
  assert.match(printed.get('Shop')?.example ?? '', /nodeSignIn/)
  assert.match(printed.get('Notes')?.example ?? '', /createClient/)
  const server = await startServer(place)
  const issuer = server.world.settings.publicUrl

  const { client_id: id = '', client_secret: secret = '' } = printed.get('Backup') ?? {}
  assert.ok(lines.some((line) => line.startsWith('curl') && line.endsWith('/oauth/token')))
  const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
  const form = { 'content-type': 'application/x-www-form-urlencoded', authorization }
  const sent = { raw: 'grant_type=client_credentials', headers: form }
  assert.equal((await clientAt(server.url).send('POST', '/oauth/token', sent)).status, 200)

  const browser = browserAt(server.url)
  const email = await arrivedOnPage(browser)
  const program = runProgram({ ISSUER: issuer, CLIENT_ID: printed.get('Notes CLI')?.client_id ?? '' })
  const [, url = ''] = await program.printed(/Open (\S+)/)
  const { pathname, search, searchParams } = new URL(url)
  const redirectUri = searchParams.get('redirect_uri') ?? ''
  const app = { id: '', secret: undefined, redirectUri }
  const answer = await answerToApp(browser, pathname + search, app)
  const { origin, pathname: path } = new URL(redirectUri)
  assert.match((await browserAt(origin).get(`${path}?${answer}`)).text, /You are signed in/)
  await program.printed(new RegExp(`Hello ${email}`))
})

type Registered = { client_id: string; client_secret?: string; example?: string }

/** The native program of the guide, in a separate process that ends with the test. */
function runProgram(env: Record<string, string>) {
  const { PATH = '' } = process.env
  const [program] = blocks.filter(({ language }) => language === 'js')
  const child = spawn(process.execPath, ['--input-type=module', '-e', program?.text ?? ''], {
    cwd: new URL('../..', import.meta.url),
    env: { PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  after(() => child.kill())
  let output = ''
  return {
    async printed(pattern: RegExp): Promise<RegExpExecArray> {
      for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
        output += chunk
        const found = pattern.exec(output)
        if (found) return found
      }
      return assert.fail(`Never printed: ${pattern}\n${output}`)
    },
  }
}
