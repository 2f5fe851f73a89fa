import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { endWithTest, type Place } from '#test/support/engines.ts'
import { freePort } from '#test/support/free-port.ts'

export type ServerProcess = {
  /** Its local URL; the public URL may differ. */
  readonly url: string
  readonly pid: number
  /** Sends the signal to the process and waits until it has ended. */
  kill(signal: NodeJS.Signals): Promise<void>
  /** Sends SIGTERM and returns the exit code, or null if a signal ended the process. */
  stop(): Promise<number | null>
  /** The output so far from both streams. A line may arrive later than the event that it reports. */
  output(): string
  /** Waits until the output matches, and fails if the process ends without that. */
  printed(pattern: RegExp): Promise<void>
}

const main = fileURLToPath(import.meta.resolve('#src/main.js'))
const maxTries = 5

/**
 * Starts a server in a separate process and resolves when it listens. It is killed when the running test
 * ends, at the latest. `env` adds to the environment. A test that restarts a server sets SIGIL_PUBLIC_URL:
 * each start uses a different port, and tokens contain their issuer.
 */
export async function spawnServer(place: Place, env: Record<string, string> = {}): Promise<ServerProcess> {
  for (let tries = 1; ; tries++) {
    const port = await freePort()
    const child = launch(place, { SIGIL_PORT: String(port), ...env })
    const output = collect(child)
    if (await listens(child, output)) return serverOf(child, `http://127.0.0.1:${port}`, output)
    // Another process may take a port between the moment it was found free and the start.
    if (tries === maxTries || !output().includes('EADDRINUSE')) {
      throw new Error(`The server did not start:\n${output()}`)
    }
  }
}

/** Starts a server and kills it after this many milliseconds, wherever it is in its start. */
export async function killWhileStarting(
  place: Place,
  env: Record<string, string>,
  ms: number,
): Promise<void> {
  const child = launch(place, { SIGIL_PORT: '0', ...env })
  collect(child)
  const exited = once(child, 'exit')
  const timer = setTimeout(() => child.kill('SIGKILL'), ms)
  await exited
  clearTimeout(timer)
}

function launch(place: Place, env: Record<string, string>): ChildProcess {
  const { databaseUrl, dataDir } = place
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('SIGIL_'))
  const child = spawn(process.execPath, [main, 'dev'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...Object.fromEntries(inherited),
      SIGIL_DATA_DIR: dataDir,
      SIGIL_RATE_LIMITS: 'off',
      ...(databaseUrl === undefined ? {} : { SIGIL_DATABASE_URL: databaseUrl }),
      ...env,
    },
  })
  // No process is left behind, even if the test fails or is interrupted.
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  endWithTest(place, async () => {
    if (isRunning(child) && kill()) await once(child, 'exit')
  })
  return child
}

function collect(child: ChildProcess): () => string {
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text) => {
      output += text
    })
  }
  return () => output
}

/** Waits for the line that contains the URL. Returns false if the process ended instead. */
async function listens(child: ChildProcess, output: () => string): Promise<boolean> {
  const ended = once(child, 'close').then(() => false)
  const ready = new Promise<true>((resolve) => {
    child.stdout?.on('data', () => {
      if (/https?:\/\//.test(output())) resolve(true)
    })
  })
  return Promise.race([ready, ended])
}

function serverOf(child: ChildProcess, url: string, output: () => string): ServerProcess {
  const end = async (signal: NodeJS.Signals) => {
    if (isRunning(child) && child.kill(signal)) await once(child, 'close')
    return child.exitCode
  }
  return {
    url,
    pid: child.pid ?? 0,
    kill: async (signal) => void (await end(signal)),
    stop: () => end('SIGTERM'),
    output,
    async printed(pattern) {
      const closed = once(child, 'close')
      while (!pattern.test(output())) {
        const chunk = Promise.race(
          [child.stdout, child.stderr].map((stream) => stream && once(stream, 'data')),
        )
        const isOpen = await Promise.race([chunk.then(() => true), closed.then(() => false)])
        if (!isOpen && !pattern.test(output())) throw new Error(`Never printed: ${pattern}\n${output()}`)
      }
    },
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null
}
