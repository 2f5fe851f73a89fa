import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

export type Launch = {
  readonly name: string
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** The output that shows that it is ready. */
  readonly ready: RegExp
  readonly onMessage?: (message: unknown) => void
  /** It ended unexpectedly. */
  readonly onAccident: (what: string) => void
}

const kept = 4000
const endsWithUs = `data:text/javascript,process.once('disconnect', () => process.exit(1))`

/** A process that can be killed, started again and frozen. */
export class Program {
  readonly #launch: Launch
  #child: ChildProcess | undefined
  #isFrozen = false

  constructor(launch: Launch) {
    this.#launch = launch
  }

  /** Resolves when it is ready; rejects if it ends before that. */
  async start(): Promise<void> {
    const { name, file, args, env, ready, onMessage, onAccident } = this.#launch
    const child = spawn(process.execPath, ['--import', endsWithUs, file, ...args], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...inherited(), ...env },
      // A separate process group, so that only this process forwards Ctrl-C.
      detached: true,
    })
    this.#child = child
    const end = () => child.kill('SIGKILL')
    process.once('exit', end)
    child.once('exit', () => process.off('exit', end))
    child.on('message', (message) => onMessage?.(message))
    let said = ''
    const isUp = new Promise<void>((resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding('utf8').on('data', (text: string) => {
          said = (said + text).slice(-kept)
          if (ready.test(said)) resolve()
        })
      }
    })
    const isOver = once(child, 'exit').then(() => {
      throw new Error(`${name} did not start:\n${said}`)
    })
    await Promise.race([isUp, isOver])
    isOver.catch(() => {
      if (this.#child === child) onAccident(`${name} ended by itself (${child.exitCode}):\n${said}`)
    })
  }

  send(message: object): void {
    if (this.#child?.connected) this.#child.send(message, () => {})
  }

  async kill(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    this.#isFrozen = false
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  freeze(): void {
    this.#isFrozen = this.#child?.kill('SIGSTOP') ?? false
  }

  thaw(): void {
    if (this.#isFrozen) this.#child?.kill('SIGCONT')
    this.#isFrozen = false
  }
}

/** Settings of this process must not reach its children. */
function inherited(): Record<string, string> {
  const given = Object.entries(process.env).filter(([name]) => !/^(?:SIGIL_|NODE_)/.test(name))
  return Object.fromEntries(given) as Record<string, string>
}
