import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type Running = { readonly url: string; readonly pid: number; stop(): Promise<void> }

/** Running processes, which are killed at exit. */
const children = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** Starts a program and resolves when it has printed its URL. */
export async function run(
  file: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Running> {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const [program, first] = path.endsWith('.ts') ? [process.execPath, [path]] : [path, []]
  const child = spawn(program, [...first, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  })
  children.add(child)
  return {
    url: await printedUrl(child),
    pid: child.pid ?? 0,
    async stop() {
      children.delete(child)
      if (child.exitCode === null && child.kill('SIGTERM')) await once(child, 'exit')
    },
  }
}

/** A running server and its data folder. */
export type Sigil = Running & { readonly dataDir: string }

/** Starts a server with its own data folder and without rate limits. */
export async function runSigil(env: Record<string, string> = {}): Promise<Sigil> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sigil-bench-'))
  const running = await run('../bin/sigil', ['dev'], {
    SIGIL_PORT: '0',
    SIGIL_DATA_DIR: dataDir,
    SIGIL_RATE_LIMITS: 'off',
    SIGIL_LOG_LEVEL: 'error',
    ...env,
  })
  return {
    ...running,
    dataDir,
    async stop() {
      await running.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/** Runs a command of the CLI in a server. Returns its output. */
export function runCommand({ dataDir }: Sigil, args: readonly string[], input = ''): string {
  const path = fileURLToPath(new URL('../bin/sigil', import.meta.url))
  const env = { ...process.env, SIGIL_DATA_DIR: dataDir }
  return execFileSync(path, args, { env, input, encoding: 'utf8' })
}

function printedUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    child.once('exit', (code) =>
      reject(new Error(`The process ended with ${code} before it listened:\n${output}`)),
    )
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text
      const url = /http:\/\/(?:localhost|127\.0\.0\.1):[1-9][0-9]*/.exec(output)?.[0]
      if (url) resolve(url.replace('localhost', '127.0.0.1'))
    })
  })
}
