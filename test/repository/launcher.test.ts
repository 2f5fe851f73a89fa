import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

/** A checkout in a folder with a space in its name, with a program that prints its arguments. */
function checkout(): string {
  const root = join(mkdtempSync(join(tmpdir(), 'sigil-launcher-')), 'a checkout')
  cpSync('bin', join(root, 'bin'), { recursive: true })
  mkdirSync(join(root, 'node_modules'))
  writeIn(root, 'src/main.js', 'console.log(JSON.stringify(process.argv.slice(2)))\nprocess.exitCode = 7\n')
  return root
}

/** A `node` that prints its version, or for other arguments that it ran. */
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

test('bin/sigil uses the Node of the host if it is new enough, and passes arguments and exit code on', () => {
  const root = checkout()
  const ran = launch(root, ['user', 'add', 'two words', '*'], { nodes: dirname(process.execPath) })
  assert.deepEqual(JSON.parse(ran.stdout), ['user', 'add', 'two words', '*'])
  assert.equal(ran.status, 7)
})

test('bin/sigil uses the fetched Node if the Node of the host is too old', () => {
  const root = checkout()
  fakeNode(join(root, 'old'), 'v20.1.0')
  fakeNode(join(root, '.cache/node'), 'v24.3.0')
  assert.match(
    launch(root, ['dev'], { nodes: join(root, 'old') }).stdout,
    /^v24\.3\.0 ran .*src\/main\.js dev\n$/,
  )
})

test('bin/sigil prefers the Node of the host over the fetched one', () => {
  const root = checkout()
  fakeNode(join(root, 'new'), 'v26.0.0')
  fakeNode(join(root, '.cache/node'), 'v24.3.0')
  assert.match(launch(root, ['dev'], { nodes: join(root, 'new') }).stdout, /^v26\.0\.0 ran /)
})

test('bin/sigil prints advice if Node is too old', () => {
  const root = checkout()
  fakeNode(join(root, 'old'), 'v20.1.0')
  const failed = launch(root, ['dev'], { nodes: join(root, 'old') })
  assert.equal(failed.status, 1)
  assert.equal(failed.stdout, '')
  assert.match(failed.stderr, /needs Node 24 or newer, but only Node 20 was found\./)
  assert.match(failed.stderr, /Run 'make init'/)
})

test('bin/sigil does not use a broken Node', () => {
  const root = checkout()
  fakeNode(join(root, 'broken'), 'nonsense')
  assert.equal(launch(root, ['dev'], { nodes: join(root, 'broken') }).status, 1)
})

test('bin/sigil finds its checkout through absolute and relative links', () => {
  const root = checkout()
  mkdirSync(join(root, 'links'))
  symlinkSync('../bin/sigil', join(root, 'links/relative'))
  symlinkSync(join(root, 'links/relative'), join(root, 'links/whole'))
  const launcher = join(root, 'links/whole')
  const ran = launch(root, ['dev'], { launcher, nodes: dirname(process.execPath) })
  assert.deepEqual(JSON.parse(ran.stdout), ['dev'], ran.stderr)
})

test('bin/sigil prints advice if the packages are not installed', () => {
  const root = checkout()
  fakeNode(join(root, 'new'), 'v24.0.0')
  spawnSync('rmdir', [join(root, 'node_modules')])
  const failed = launch(root, ['dev'], { nodes: join(root, 'new') })
  assert.equal(failed.status, 1)
  assert.match(failed.stderr, /packages are not installed\. Run 'make init'/)
})
