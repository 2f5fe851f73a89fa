import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../../../.cache/runtimes/workerd', import.meta.url))

/** The runtime of Cloudflare Workers, if `bin/fetch-runtimes` could fetch it. */
export const hasWorkerd = existsSync(program)

/**
 * Starts a worker of a project into which the package was installed, and returns its response to one request.
 * The environment variables become the bindings of the worker.
 */
export async function askWorker(folder: string, file: string, env: Record<string, string>): Promise<string> {
  const config = join(folder, 'workerd.capnp')
  writeFileSync(config, configOf(folder, file, env))
  const stdio = ['ignore', 'inherit', 'inherit', 'pipe'] as const
  const worker = spawn(program, ['serve', config, '--control-fd=3'], { stdio: [...stdio] })
  try {
    const response = await fetch(`http://127.0.0.1:${await portOf(worker.stdio[3] as Readable)}/`)
    return await response.text()
  } finally {
    worker.kill('SIGKILL')
  }
}

/** The port that the worker reports when it listens. */
async function portOf(control: Readable): Promise<number> {
  const [line] = await once(control.setEncoding('utf8'), 'data')
  return JSON.parse(line).port
}

/** Workers have no file system, so the configuration names each module. This one may connect to loopback. */
function configOf(folder: string, file: string, env: Record<string, string>): string {
  const modules = [
    { name: file, from: `embed "${file}"` },
    { name: 'probe.mjs', from: 'embed "probe.mjs"' },
    ...packageModules(folder),
  ].map(({ name, from }) => `(name = "${name}", esModule = ${from})`)
  const bindings = Object.entries(env).map(
    ([name, value]) => `(name = "${name}", text = ${JSON.stringify(value)})`,
  )
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "internet", network = (allow = ["local"])),
    (name = "probe", worker = (
      modules = [${modules.join(',\n        ')}],
      bindings = [${bindings.join(', ')}],
      compatibilityDate = "2026-01-01"
    ))
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "probe")]
);
`
}

/** The files of the package, and a module for each of its entries, as a bundler would resolve them. */
function packageModules(folder: string): { name: string; from: string }[] {
  const dist = 'node_modules/@sigil/verify/dist'
  const files = readdirSync(join(folder, dist)).filter((name) => name.endsWith('.js'))
  const entries = ['express', 'fastify', 'hono', 'next', 'node', 'sign-in']
  return [
    ...files.map((name) => ({ name: `@sigil/verify/dist/${name}`, from: `embed "${dist}/${name}"` })),
    ...entries.map((name) => ({
      name: `@sigil/verify/${name}`,
      from: `"export * from './dist/${name}.js'"`,
    })),
    { name: '@sigil/verify', from: `"export * from './verify/dist/verify.js'"` },
  ]
}
