import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Source, sourcesOf } from '#test/support/source.ts'

type Locked = { resolved?: string; link?: boolean; license?: string; integrity?: string; dev?: boolean }

const locked: Record<string, Locked> = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages
const packages = Object.entries(locked).filter(
  ([path, { link }]) => path.startsWith('node_modules/') && !link,
)

const permissive = [
  'MIT',
  'MIT-0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'Unlicense',
]

/** Exceptions by name, with the reason. */
const otherLicences: Record<string, string> = {
  'node_modules/axe-core':
    'MPL-2.0 applies to changes of its files; it is used in tests only and not distributed',
}

function isPermissive(licence: string | undefined): boolean {
  const choices = (licence ?? '').replace(/[()]/g, '').split(' OR ')
  return choices.some((choice) => choice.split(' AND ').every((part) => permissive.includes(part)))
}

test('every package has a permissive licence', () => {
  const others = packages.filter(
    ([path, { license }]) => !isPermissive(license) && otherLicences[path] === undefined,
  )
  assert.deepEqual(others, [])
})

test('packages with an exception are development dependencies', () => {
  for (const path of Object.keys(otherLicences)) assert.equal(locked[path]?.dev, true, path)
})

test('a licence that is not permissive is detected', () => {
  for (const licence of ['AGPL-3.0', 'GPL-2.0-only', 'MIT AND GPL-3.0', 'SEE LICENSE IN X', '', undefined]) {
    assert.ok(!isPermissive(licence), licence)
  }
  assert.ok(isPermissive('(MIT OR GPL-3.0)'))
})

test('package-lock.json has integrity hashes and no download URLs', () => {
  for (const [path, { resolved, integrity }] of packages) {
    assert.equal(resolved, undefined, path)
    assert.match(integrity ?? '', /^sha512-/, path)
  }
})

const secretLooks = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}/,
  /\bAKIA[0-9A-Z]{16}\b/,
  /\bgh[pousr]_[A-Za-z0-9]{36}\b/,
  /\bnpm_[A-Za-z0-9]{36}\b/,
  /\bxox[abprs]-[A-Za-z0-9-]{10,}/,
  /"d"\s*:\s*"[A-Za-z0-9_-]{43}"/,
]

/** In deployed files: a value that is not a reference, a placeholder in capitals or a file name. */
const secretWords = 'PASSWORD|SECRET|KEY|TOKEN|password|secret|key|token'
const placeholder = '[A-Z]+["\']?\\s*$|/'
const credentialLooks = [
  /:\/\/[^\s/:@'"`$]*:(?![A-Z]+@|\$)[^\s/@'"`]+@/,
  new RegExp(
    `^[\\s#-]*[\\w.-]*(?:${secretWords})\\s*[:=]\\s*["']?(?!${placeholder})[\\w+/=-]{6,}["']?\\s*$`,
    'm',
  ),
]

test('the repository contains no secrets', () => {
  const everything = sourcesOf(
    '{src,test,bench,faults,proofs,sdk,docs,examples,deploy,bin,.ci}/**/*.*',
    '*.*',
    '.*.*',
  )
  assert.deepEqual(pathsWith(secretLooks, everything), [])
})

test('deployed files contain no default credentials', () => {
  const deployed = sourcesOf(
    '{deploy,examples,docs}/**/*.{yaml,yml,env,conf,md,toml}',
    '*.{yaml,yml,md}',
    '.env*',
    'Makefile',
  )
  assert.deepEqual(pathsWith(credentialLooks, deployed), [])
})

test('secrets and default credentials are detected', () => {
  const secrets = [
    `-----BEGIN PRIVATE ${''}KEY-----\n${'A'.repeat(64)}`,
    `AKIA${'A'.repeat(16)}`,
    `ghp_${'a'.repeat(36)}`,
  ]
  const credentials = [
    'postgres://sigil:sigil@db/sigil',
    'POSTGRES_PASSWORD: changeme',
    'SIGIL_MASTER_KEY=abcdefgh',
  ]
  const harmless = [
    'postgres://sigil:PASSWORD@db/sigil',
    ['POSTGRES_PASSWORD: ', '{POSTGRES_PASSWORD}'].join('$'),
    'SIGIL_MASTER_KEY=KEY',
    'SIGIL_MASTER_KEY=',
    'secret: /run/secrets/key',
    'The key is kept.',
  ]
  for (const text of secrets) assert.equal(pathsWith(secretLooks, [{ path: 'x', text }]).length, 1, text)
  for (const text of credentials)
    assert.equal(pathsWith(credentialLooks, [{ path: 'x', text }]).length, 1, text)
  for (const text of harmless) assert.deepEqual(pathsWith(credentialLooks, [{ path: 'x', text }]), [], text)
})

test('files with secrets of an operator are in .gitignore', () => {
  const ignored = readFileSync('.gitignore', 'utf8').split('\n')
  for (const path of ['.env', 'data/']) assert.ok(ignored.includes(path), path)
})

function pathsWith(looks: readonly RegExp[], sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => path !== '.env')
    .filter(({ text }) => looks.some((look) => look.test(text)))
    .map(({ path }) => path)
}
