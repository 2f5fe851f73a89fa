import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { commands } from '#src/cli/table.ts'
import { describeSettings } from '#src/settings/describe.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import {
  blocksOf,
  headingsOf,
  linksOf,
  matchesOutput,
  papers,
  slugOf,
  wordsIn,
} from '#test/support/guides.ts'
import { spawnServer } from '#test/support/processes.ts'
import { programOrSkip } from '#test/support/programs.ts'
import { sigil } from '#test/support/sigil.ts'
import { sourcesOf } from '#test/support/source.ts'

const readme = readFileSync('README.md', 'utf8')
const russian = readFileSync('README.ru.md', 'utf8')

test('the reference pages and .env.example match the tables they are printed from', async () => {
  const print = spawn(process.execPath, ['docs/print.ts', '--check'], { stdio: ['ignore', 'ignore', 'pipe'] })
  const problems = await print.stderr.setEncoding('utf8').toArray()
  if (print.exitCode === null) await once(print, 'exit')
  assert.equal(problems.join(''), '')
  assert.equal(print.exitCode, 0)
})

test('every command in the README prints the output shown below it', async (t) => {
  if (!programOrSkip('curl', t)) return
  const place = await freshDatabaseUrl('sqlite')
  const server = await spawnServer(place)
  const blocks = blocksOf(readme)
  const steps = blocks.flatMap(({ language, text }, at) =>
    language === 'sh' && text.includes('curl') ? [{ text, printed: blocks[at + 1]?.text ?? '' }] : [],
  )
  assert.ok(steps.length >= 6)
  const script = steps.map(({ text }) => text.replaceAll('http://localhost:8000', server.url))
  const outputs = await shell(script.join("\nprintf '\\036'\n"), place.dataDir)
  for (const [at, { text, printed }] of steps.entries()) {
    assert.ok(
      matchesOutput(outputs[at] ?? '', printed),
      `${text}\nprinted\n${outputs[at]}\ninstead of\n${printed}`,
    )
  }
  const sigilCommands = blocks.flatMap(({ text }) =>
    [...text.matchAll(/^bin\/sigil (.+)$/gm)].map(([, line = '']) => line),
  )
  assert.ok(sigilCommands.length >= 3)
  for (const line of sigilCommands) {
    const { code, stderr } = await sigil(line.split(' '), { place, input: 'an unlikely phrase to guess' })
    assert.equal(code, 0, `${line}: ${stderr}`)
  }
})

test('both READMEs have the same commands, headings and links, in the same order', () => {
  assert.deepEqual(blocksOf(russian), blocksOf(readme))
  assert.deepEqual(headingsOf(russian).map(levelOf), headingsOf(readme).map(levelOf))
  const shared = (links: string[]) => links.filter((link) => !/^README/.test(link))
  assert.deepEqual(shared(linksOf(russian)), shared(linksOf(readme)))
})

test('the nginx example of the README is part of the tested site', () => {
  const squeezed = (text: string) => text.replace(/\s+/g, ' ').trim()
  const examples = blocksOf(readme).filter(({ language }) => language === 'nginx')
  assert.equal(examples.length, 1)
  const site = squeezed(readFileSync('deploy/nginx/site.conf', 'utf8'))
  for (const { text } of examples) assert.ok(site.includes(squeezed(text)), text)
})

test('every linked or named file of the documentation exists', () => {
  const missing = papers().flatMap(({ path, text }) => [
    ...linksOf(text)
      .filter((link) => !exists(path, link))
      .map((link) => `${path} links to ${link}`),
    ...wordsIn(text, /^(?:src|test|docs|sdk|proofs|bench|deploy|examples|bin|\.ci)\/\S+$/)
      .filter((named) => globSync(named).length === 0)
      .map((named) => `${path} names ${named}`),
  ])
  assert.deepEqual(missing, [])
})

test('every file and function that the pages for contributors name exists', () => {
  const code = sourcesOf('{src,test,sdk}/**/*.ts')
  const pages = papers().filter(({ path }) => ['ARCHITECTURE.md', 'TESTING.md', 'STYLE.md'].includes(path))
  const missing = pages.flatMap(({ path, text }) => {
    const files = wordsIn(text, /^[\w*.-]+\.(?:ts|js|sql\.ts)$/)
    const functions = wordsIn(text, /^\w+\(/).map((word) => word.slice(0, word.indexOf('(')))
    return [
      ...files.filter((file) => globSync(`{src,test}/**/${file}`).length === 0),
      ...functions.filter((name) => !code.some((one) => new RegExp(`\\b${name}\\b`).test(one.text))),
    ].map((name) => `${path} names ${name}`)
  })
  assert.deepEqual(missing, [])
})

test('every setting and command named in the documentation exists', () => {
  const settings = describeSettings().flatMap(({ name, secret }) =>
    secret ? [name, `${name}_FILE`] : [name],
  )
  // Settings of the examples, of the tests and of `make faults`.
  const others = /^SIGIL_(?:TEST_\w+|FAULTS_\w+|ISSUER|VERIFIER_KEY|)$/
  const commandNames = commands.map(({ name }) => name)
  const wrong = papers().flatMap(({ path, text }) => [
    ...[...text.matchAll(/\bSIGIL_[A-Z_]*/g)]
      .map(([name]) => name)
      .filter((name) => !settings.includes(name) && !others.test(name))
      .map((name) => `${path}: ${name}`),
    ...[...text.matchAll(/(?:`|^|bin\/)sigil ([a-z]+(?: [a-z-]+)?)/gm)]
      .map(([, words = '']) => words)
      .filter((words) => !commandNames.some((name) => words === name || words.startsWith(`${name} `)))
      .filter((words) => !['help', ...commandNames.map((name) => name.split(' ')[0])].includes(words))
      .map((words) => `${path}: sigil ${words}`),
  ])
  assert.deepEqual(wrong, [])
})

test('documentation lines have at most 120 columns, except tables', () => {
  const wide = papers()
    .filter(({ path }) => !path.startsWith('docs/reference/'))
    .flatMap(({ path, text }) =>
      text
        .split('\n')
        .map((line, at) => ({ line, place: `${path}:${at + 1}` }))
        .filter(({ line }) => withoutTargets(line).length > 120 && !line.startsWith('|'))
        .map(({ place }) => place),
    )
  assert.deepEqual(wide, [])
})

/** Link targets cannot be broken over two lines. */
function withoutTargets(line: string): string {
  return line.replace(/\]?\([^)\s]+\)/g, '')
}

function levelOf(heading: string): number {
  return heading.indexOf(' ')
}

function exists(path: string, link: string): boolean {
  const [file = '', anchor] = link.split('#')
  const target = file === '' ? path : join(dirname(path), file)
  if (!existsSync(target)) return false
  return anchor === undefined || headingsOf(readFileSync(target, 'utf8')).map(slugOf).includes(anchor)
}

/** Runs a script in one shell and returns its output, split at the separators. */
async function shell(script: string, folder: string): Promise<string[]> {
  const child = spawn('sh', ['-eu', '-c', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: folder },
  })
  const output = (await child.stdout.setEncoding('utf8').toArray()).join('')
  if (child.exitCode === null) await once(child, 'exit')
  assert.equal(child.exitCode, 0, output)
  return output.split('\x1e')
}
