import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../../../', import.meta.url))

export type Installed = {
  /** A project into which the package was installed from its tarball. */
  readonly folder: string
  /** The files in the tarball of the first package. */
  readonly files: readonly string[]
  remove(): void
}

type Name = 'verify' | 'client'

/** Builds and packs packages, and installs the tarballs into a new project without a network. */
export async function installed(first: Name = 'verify', ...others: Name[]): Promise<Installed> {
  const scratch = mkdtempSync(join(tmpdir(), 'sigil-package-'))
  const folder = join(scratch, 'consumer')
  mkdirSync(folder)
  const packed = await Promise.all([first, ...others].map((name) => packedIn(scratch, name)))
  const tarballs = packed.map(({ path }) => path)
  await npm(folder, 'install', ...tarballs, '--offline', '--ignore-scripts', '--no-audit', '--no-fund')
  return {
    folder,
    files: packed[0]?.files ?? [],
    remove: () => rmSync(scratch, { recursive: true, force: true }),
  }
}

async function packedIn(scratch: string, name: Name): Promise<{ path: string; files: string[] }> {
  const [source, building] = [join(root, 'sdk', name), join(scratch, name)]
  mkdirSync(building)
  for (const file of ['package.json', 'README.md', 'LICENSE'])
    cpSync(join(source, file), join(building, file))
  await tsc(['--project', join(source, 'tsconfig.json'), '--outDir', join(building, 'dist')])
  const [tarball] = JSON.parse(await npm(building, 'pack', '--json', '--ignore-scripts'))
  const files = tarball.files.map((file: { path: string }) => file.path).sort()
  return { path: join(building, tarball.filename), files }
}

/** Copies the examples next to the installed package, with the frameworks of this repository. */
export function withExamples({ folder }: Installed): string {
  const examples = join(folder, 'examples')
  cpSync(join(root, 'examples'), examples, { recursive: true })
  for (const name of ['express', 'fastify', 'hono', '@hono', '@modelcontextprotocol', '@types']) {
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
  }
  return examples
}

/** Type-checks files of a folder in strict mode. Fails with the output of the compiler. */
export async function typeCheck(folder: string, options: object, include: string[]): Promise<void> {
  const config = join(folder, `tsconfig.${include.length}.json`)
  const strict = {
    strict: true,
    noEmit: true,
    module: 'nodenext',
    target: 'es2023',
    allowImportingTsExtensions: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
  }
  writeFileSync(config, JSON.stringify({ compilerOptions: { ...strict, ...options }, include }))
  await tsc(['--project', config])
}

export type Runtime = { readonly name: string; readonly program: string; readonly flags: readonly string[] }

/** This Node, this Node without `node:crypto`, and what `bin/fetch-runtimes` could fetch. */
export function runtimes(): Runtime[] {
  const fetched = join(root, '.cache/runtimes')
  const own = { name: `node ${process.versions.node}`, program: process.execPath }
  const withoutCrypto = ['--import', 'data:text/javascript,process.getBuiltinModule=undefined']
  return [
    { ...own, flags: [] },
    { ...own, name: `${own.name} without node:crypto`, flags: withoutCrypto },
    ...namesIn(fetched).map((name) => ({ name, program: join(fetched, name), flags: flags[name] ?? [] })),
  ]
}

export async function runFile(
  { program, flags }: Runtime,
  path: string,
  env: Record<string, string>,
): Promise<string> {
  const { stdout } = await run(program, [...flags, path], {
    cwd: dirname(path),
    env: { ...process.env, ...env },
  })
  return stdout
}

/** Bun and Deno would fetch a missing package from a registry. */
const flags: Readonly<Record<string, readonly string[]>> = {
  bun: ['--no-install'],
  deno: ['run', '--cached-only', '--node-modules-dir=manual', '--allow-env', '--allow-net'],
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^(?:node-\d+|bun|deno)$/.test(name))
  } catch {
    return []
  }
}

async function tsc(words: string[]): Promise<void> {
  const program = join(root, 'node_modules/.bin/tsc')
  await run(program, words, { env: withNode() }).catch(({ stdout }) => assert.fail(stdout))
}

async function npm(cwd: string, ...words: string[]): Promise<string> {
  return (await run('npm', words, { cwd, env: withNode() })).stdout
}

/** Puts the Node that runs the tests first in the path. */
function withNode(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) }
}
