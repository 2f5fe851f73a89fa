import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type Running = { readonly url: string; readonly pid: number; stop(): Promise<void> }

/** Those that still run; whatever goes wrong here, none is left behind. */
const children = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** A program of ours in a process of its own, once it has said where it listens. */
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
    url: await saidUrl(child),
    pid: child.pid ?? 0,
    async stop() {
      children.delete(child)
      if (child.exitCode === null && child.kill('SIGTERM')) await once(child, 'exit')
    },
  }
}

/** A running Sigil, and where it keeps its data. */
export type Sigil = Running & { readonly dataDir: string }

/** Sigil with a data folder of its own, limits off, so that what is measured is the work. */
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

/** A command, inside the server that has its data folder open. Gives what it says. */
export function runCommand({ dataDir }: Sigil, args: readonly string[], input = ''): string {
  const path = fileURLToPath(new URL('../bin/sigil', import.meta.url))
  const env = { ...process.env, SIGIL_DATA_DIR: dataDir }
  return execFileSync(path, args, { env, input, encoding: 'utf8' })
}

function saidUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.once('exit', (code) => reject(new Error(`It ended with ${code} before it listened:\n${said}`)))
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const url = /http:\/\/(?:localhost|127\.0\.0\.1):[1-9][0-9]*/.exec(said)?.[0]
      if (url) resolve(url.replace('localhost', '127.0.0.1'))
    })
  })
}
