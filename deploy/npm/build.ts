import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * `node deploy/npm/build.ts [FOLDER]` writes the package @sigil/server into a folder, .cache/npm/server by
 * default. Node strips no types under node_modules, so they are stripped here, by the same function: lines and
 * columns stay those of the source.
 */
const root = fileURLToPath(new URL('../..', import.meta.url))
const to = process.argv[2] ?? join(root, '.cache/npm/server')

type Manifest = {
  readonly version: string
  readonly description: string
  readonly license: string
  readonly engines: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
}
type Lock = { readonly packages: Readonly<Record<string, { readonly version?: string } | undefined>> }

function build(): void {
  rmSync(to, { recursive: true, force: true })
  for (const file of globSync('src/**/*', { cwd: root, withFileTypes: true })) {
    if (file.isFile()) writeCompiled(join(file.parentPath, file.name))
  }
  copy('deploy/npm/sigil.cjs', 'bin/sigil.cjs')
  copy('deploy/npm/README.md', 'README.md')
  copy('LICENSE', 'LICENSE')
  copy('.env.example', '.env.example')
  // `sigil app add` prints them.
  copy('examples/sign-in', 'examples/sign-in')
  writeFileSync(join(to, 'package.json'), `${JSON.stringify(manifest(), undefined, 2)}\n`)
}

function writeCompiled(path: string): void {
  const target = join(to, 'dist', path.slice(join(root, 'src/').length))
  if (path.endsWith('tsconfig.json')) return
  mkdirSync(dirname(target), { recursive: true })
  if (!path.endsWith('.ts')) {
    cpSync(path, target)
    return
  }
  const code = stripTypeScriptTypes(readFileSync(path, 'utf8'))
  writeFileSync(target.replace(/\.ts$/, '.js'), code)
}

function copy(from: string, name: string): void {
  cpSync(join(root, from), join(to, name), { recursive: true })
}

/** With the exact versions that the tests ran with. */
function manifest() {
  const { version, description, license, engines, dependencies }: Manifest = readJson('package.json')
  const { packages }: Lock = readJson('package-lock.json')
  const exact = Object.keys(dependencies).map((name) => {
    const installed = packages[`node_modules/${name}`]?.version
    if (installed === undefined) throw new Error(`${name} is not in package-lock.json.`)
    return [name, installed]
  })
  return {
    name: '@sigil/server',
    version,
    description,
    license,
    keywords: ['authentication', 'oauth2', 'openid-connect', 'passkeys', 'sso', 'jwt'],
    type: 'module',
    engines,
    bin: { sigil: 'bin/sigil.cjs' },
    imports: { '#src/*.ts': './dist/*.js' },
    files: ['bin', 'dist', 'examples', '.env.example'],
    dependencies: Object.fromEntries(exact),
  }
}

function readJson<T>(name: string): T {
  return JSON.parse(readFileSync(join(root, name), 'utf8'))
}

build()
