import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'

export const deployFolder = fileURLToPath(new URL('../../deploy', import.meta.url))

/** Changes to files, by their name. */
export type Edits = Readonly<Record<string, Readonly<Record<string, string>>>>

/** A copy of a folder of deploy/, changed by `edits` and removed when the running test ends. */
export function copyOf(folder: string, edits: Edits = {}): string {
  const copy = mkdtempSync(join(tmpdir(), 'sigil-deploy-'))
  chmodSync(copy, 0o755)
  cpSync(join(deployFolder, folder), copy, { recursive: true })
  after(() => rmSync(copy, { recursive: true, force: true }))
  for (const [file, changes] of Object.entries(edits)) substitute(join(copy, file), changes)
  return copy
}

/** Replaces text that must exist: otherwise a changed file would be tested in another form. */
export function substitute(file: string, changes: Readonly<Record<string, string>>): void {
  let text = readFileSync(file, 'utf8')
  for (const [from, to] of Object.entries(changes)) {
    if (!text.includes(from)) throw new Error(`${file} does not contain ${from}`)
    text = text.replaceAll(from, to)
  }
  writeFileSync(file, text)
}

/**
 * Runs a proxy until the running test ends. It is ready once its output matches `ready`. Returns its output
 * so far.
 */
export async function runProxy(
  program: string,
  words: readonly string[],
  ready: RegExp,
  env: Readonly<Record<string, string>> = {},
): Promise<() => string> {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], env })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const ended = once(child, 'exit')
  after(async () => {
    process.off('exit', kill)
    if (child.exitCode === null && kill()) await ended
  })
  let output = ''
  const listening = new Promise<'listens'>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text
        if (ready.test(output)) resolve('listens')
      })
    }
  })
  if ((await Promise.race([listening, ended])) !== 'listens') {
    throw new Error(`${program} did not start:\n${output}`)
  }
  return () => output
}
