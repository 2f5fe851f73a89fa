import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

/** A checkout of its own in a folder whose name has a space, with a program that says how it was called. */
function checkout(): string {
  const root = join(mkdtempSync(join(tmpdir(), 'sigil-launcher-')), 'a checkout')
  cpSync('bin', join(root, 'bin'), { recursive: true })
  mkdirSync(join(root, 'node_modules'))
  writeIn(root, 'src/main.js', 'console.log(JSON.stringify(process.argv.slice(2)))\nprocess.exitCode = 7\n')
  return root
}

/** A `node` that knows its version, and says of itself that it ran when asked for anything else. */
function fakeNode(folder: string, version: string): void {
  const summary = `#!/bin/sh\n[ "$1" = --version ] && echo ${version} && exit\necho "${version} ran $*"\n`
  writeIn(folder, 'node', summary, 0o755)
}

function writeIn(root: string, path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text, { mode })
}

function launch(root: string, args: string[], how: { launcher?: string; nodes: string }) {
  const launcher = how.launcher ?? join(root, 'bin/sigil')
  const env = { PATH: `${how.nodes}:/usr/bin:/bin` }
  return spawnSync('/bin/sh', [launcher, ...args], { env, encoding: 'utf8', cwd: tmpdir() })
}

test('runs with the host’s Node when it is new enough, handing on the arguments and the exit code', () => {
  const root = checkout()
  const ran = launch(root, ['user', 'add', 'two words', '*'], { nodes: dirname(process.execPath) })
  assert.deepEqual(JSON.parse(ran.stdout), ['user', 'add', 'two words', '*'])
  assert.equal(ran.status, 7)
})

test('runs with the fetched Node when the host’s is too old', () => {
  const root = checkout()
  fakeNode(join(root, 'old'), 'v20.1.0')
  fakeNode(join(root, '.cache/node'), 'v24.3.0')
  assert.match(
    launch(root, ['dev'], { nodes: join(root, 'old') }).stdout,
    /^v24\.3\.0 ran .*src\/main\.js dev\n$/,
  )
})

test('prefers the host’s Node to the fetched one when both will do', () => {
  const root = checkout()
  fakeNode(join(root, 'new'), 'v26.0.0')
  fakeNode(join(root, '.cache/node'), 'v24.3.0')
  assert.match(launch(root, ['dev'], { nodes: join(root, 'new') }).stdout, /^v26\.0\.0 ran /)
})

test('says what to do when there is only an older Node', () => {
  const root = checkout()
  fakeNode(join(root, 'old'), 'v20.1.0')
  const refused = launch(root, ['dev'], { nodes: join(root, 'old') })
  assert.equal(refused.status, 1)
  assert.equal(refused.stdout, '')
  assert.match(refused.stderr, /needs Node 24 or newer, but only Node 20 was found\./)
  assert.match(refused.stderr, /Run 'make init'/)
})

test('does not take a broken Node for a new one', () => {
  const root = checkout()
  fakeNode(join(root, 'broken'), 'nonsense')
  assert.equal(launch(root, ['dev'], { nodes: join(root, 'broken') }).status, 1)
})

test('finds its checkout through links to links, whole and relative', () => {
  const root = checkout()
  mkdirSync(join(root, 'links'))
  symlinkSync('../bin/sigil', join(root, 'links/relative'))
  symlinkSync(join(root, 'links/relative'), join(root, 'links/whole'))
  const launcher = join(root, 'links/whole')
  const ran = launch(root, ['dev'], { launcher, nodes: dirname(process.execPath) })
  assert.deepEqual(JSON.parse(ran.stdout), ['dev'], ran.stderr)
})

test('says what to do when the packages are not installed', () => {
  const root = checkout()
  fakeNode(join(root, 'new'), 'v24.0.0')
  spawnSync('rmdir', [join(root, 'node_modules')])
  const refused = launch(root, ['dev'], { nodes: join(root, 'new') })
  assert.equal(refused.status, 1)
  assert.match(refused.stderr, /packages are not installed\. Run 'make init'/)
})
