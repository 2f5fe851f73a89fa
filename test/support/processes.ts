import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { endWithTest, type Place } from '#test/support/engines.ts'
import { freePort } from '#test/support/free-port.ts'

export type ServerProcess = {
  /** Where it listens, whatever public URL it was given. */
  readonly url: string
  readonly pid: number
  /** Sends the signal to the node process itself, and waits until it has gone. */
  kill(signal: NodeJS.Signals): Promise<void>
  /** Sends a SIGTERM, and gives the exit code: null where a signal ended it. */
  stop(): Promise<number | null>
  /** Everything that it has written to both streams so far. */
  output(): string
}

const main = fileURLToPath(import.meta.resolve('#src/main.js'))
const maxTries = 5

/**
 * A server in a process of its own, listening when the promise resolves, and killed at the latest when the
 * running test ends. `env` is more of the environment, as an operator sets it. Who restarts one must pin
 * SIGIL_PUBLIC_URL: the port is another one every time, and tokens name their issuer.
 */
export async function spawnServer(place: Place, env: Record<string, string> = {}): Promise<ServerProcess> {
  for (let tries = 1; ; tries++) {
    const port = await freePort()
    const child = launch(place, { SIGIL_PORT: String(port), ...env })
    const output = collect(child)
    if (await listens(child, output)) return serverOf(child, `http://127.0.0.1:${port}`, output)
    // Between being found free and being taken, a port may go to somebody else.
    if (tries === maxTries || !output().includes('EADDRINUSE')) {
      throw new Error(`The server did not start:\n${output()}`)
    }
  }
}

/** Starts a server and kills it so many milliseconds later, however far it has come. */
export async function killWhileStarting(
  place: Place,
  env: Record<string, string>,
  ms: number,
): Promise<void> {
  const child = launch(place, { SIGIL_PORT: '0', ...env })
  collect(child)
  const gone = once(child, 'exit')
  const timer = setTimeout(() => child.kill('SIGKILL'), ms)
  await gone
  clearTimeout(timer)
}

function launch(place: Place, env: Record<string, string>): ChildProcess {
  const { databaseUrl, dataDir } = place
  const given = Object.entries(process.env).filter(([name]) => !name.startsWith('SIGIL_'))
  const child = spawn(process.execPath, [main, 'dev'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...Object.fromEntries(given),
      SIGIL_DATA_DIR: dataDir,
      SIGIL_RATE_LIMITS: 'off',
      ...(databaseUrl === undefined ? {} : { SIGIL_DATABASE_URL: databaseUrl }),
      ...env,
    },
  })
  // Neither a test that fails nor one that is ended leaves a process behind.
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

/** The line that says it listens names a URL; which one is for people. False where it ended instead. */
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
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null
}
