import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { clientAt } from '#test/support/client.ts'

/** An empty folder in which the package is installed, with the packages that it names and no others. */
let folder = ''
let launcher = ''

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'sigil-npm-'))
  const built = join(folder, 'built')
  run(process.execPath, ['deploy/npm/build.ts', built])
  const [{ filename = '' } = {}] = JSON.parse(
    run('npm', ['pack', '--json', '--pack-destination', folder, built]),
  ) as { filename?: string }[]
  const installed = join(folder, 'node_modules/@sigil/server')
  mkdirSync(installed, { recursive: true })
  run('tar', ['-xzf', join(folder, filename), '--strip-components=1', '-C', installed])
  rmSync(built, { recursive: true })
  const { dependencies } = manifestIn(installed)
  for (const [name, version] of Object.entries(dependencies)) link(name, version)
  launcher = join(installed, 'bin/sigil.cjs')
})

after(() => rmSync(folder, { recursive: true, force: true }))

function run(program: string, words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8' })
  assert.equal(status, 0, `${program} ${words.join(' ')}: ${stdout}${stderr}`)
  return stdout
}

type Manifest = {
  readonly dependencies: Readonly<Record<string, string>>
  readonly version: string
}

function manifestIn(path: string): Manifest {
  return JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
}

function link(name: string, version: string): void {
  const source = join(process.cwd(), 'node_modules', name)
  assert.equal(manifestIn(source).version, version, `${name} is pinned to the version that is tested`)
  const target = join(folder, 'node_modules', name)
  mkdirSync(dirname(target), { recursive: true })
  symlinkSync(source, target)
}

function environment(): NodeJS.ProcessEnv {
  const given = Object.entries(process.env).filter(([name]) => !name.startsWith('SIGIL_'))
  return Object.fromEntries(given)
}

test('the npm package runs a server that signs people up, without settings', async () => {
  writeFileSync(join(folder, '.env'), 'SIGIL_PORT=0\nSIGIL_RATE_LIMITS=off\n')
  const server = spawn(process.execPath, [launcher], { cwd: folder, env: environment() })
  try {
    const output: string[] = []
    for (const stream of [server.stdout, server.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => output.push(text))
    const ended = once(server, 'exit')
    while (!/Sigil is ready on (\S+)/.test(output.join(''))) {
      const next = await Promise.race([once(server.stdout, 'data'), ended.then(() => 'ended')])
      assert.notEqual(next, 'ended', output.join(''))
    }
    const [, url = ''] = /Sigil is ready on (\S+)/.exec(output.join('')) ?? []
    const client = clientAt(url)
    const page = await client.get('/sign-in')
    assert.equal(page.status, 200)
    const [style = ''] = /\/assets\/[\w.-]+\.css/.exec(page.text) ?? []
    assert.equal((await client.get(style)).status, 200)
    const json = { email: 'ann@example.org', password: 'purple monkey dishwasher' }
    const signedUp = await client.send('POST', '/api/v1/auth/signup', { json })
    assert.equal(signedUp.status, 201, signedUp.text)
    server.kill('SIGTERM')
    assert.deepEqual(await ended, [0, null], output.join(''))
  } finally {
    server.kill('SIGKILL')
  }
})

test('the npm package runs every command of Sigil', () => {
  const env = environment()
  const words = ['app', 'add', 'Shop', '--kind', 'web', '--redirect', 'http://localhost:3000/callback']
  const run = (...words: string[]) =>
    spawnSync(process.execPath, [launcher, ...words], { cwd: folder, env, encoding: 'utf8' })
  assert.equal(run('migrate').status, 0)
  const { status, stdout, stderr } = run(...words, '--framework', 'express')
  assert.equal(status, 0, stderr)
  assert.match(stdout, /import express from 'express'/)
  const unknown = spawnSync(process.execPath, [launcher, 'user', 'shwo'], { env, encoding: 'utf8' })
  assert.equal(unknown.status, 2)
  assert.match(unknown.stderr, /Did you mean `user show`\?/)
})

test('the npm package needs no development dependency, and no build tool', () => {
  const { dependencies } = manifestIn(dirname(dirname(launcher)))
  const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
  const shared = Object.keys(devDependencies).filter((name) => name in dependencies)
  // A test uses it as the client of another program.
  assert.deepEqual(shared, ['openid-client'])
  for (const version of Object.values(dependencies)) assert.match(version, /^\d+\.\d+\.\d+$/)
})

test('the npm package explains that an older Node is too old', () => {
  const preload = join(folder, 'older.cjs')
  writeFileSync(
    preload,
    `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.11.0' } })\n`,
  )
  const words = ['--require', preload, launcher, 'start']
  const old = spawnSync(process.execPath, words, { env: environment(), encoding: 'utf8' })
  assert.equal(old.status, 1)
  assert.equal(old.stdout, '')
  assert.match(old.stderr, /^Sigil needs Node 24 or newer, but this is Node 20\.11\.0\.\n.*nodejs\.org/)
})
