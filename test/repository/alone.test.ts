import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { programPath } from '#test/support/programs.ts'

/** Says that it has begun, and goes on until its input ends. */
const command = ['/bin/sh', '-c', 'echo begun; cat >/dev/null; echo over']

/** One folder for several at once, and a way to begin another. */
function folder(programs: readonly string[]) {
  const root = mkdtempSync(join(tmpdir(), 'sigil alone-'))
  for (const name of ['bin', 'path']) mkdirSync(join(root, name))
  copyFileSync('bin/alone', join(root, 'bin/alone'))
  for (const program of ['dirname', 'mkdir', 'cat', 'true', ...programs]) {
    symlinkSync(programPath(program) ?? assert.fail(program), join(root, 'path', program))
  }
  return () => {
    const env = { PATH: join(root, 'path') }
    const child = spawn('/bin/sh', [join(root, 'bin/alone'), ...command], { env, detached: true })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk))
    after(() => end(child))
    return { child, said: () => said, until: (text: string) => until(child, () => said.includes(text)) }
  }
}

/** As the terminal does it, to all that the command has begun. */
function end({ pid }: ChildProcess): void {
  try {
    process.kill(-(pid ?? assert.fail('not begun')), 'SIGKILL')
  } catch {
    // It has gone before.
  }
}

async function until({ stdout, stderr }: ChildProcess, isSo: () => boolean): Promise<void> {
  while (!isSo()) await Promise.race([stdout, stderr].map((stream) => stream && once(stream, 'data')))
}

for (const program of ['flock', 'perl']) {
  const skip = programPath(program) ? false : `${program} was not found`
  describe(`of two who install at once, by ${program},`, { skip }, () => {
    test('the second waits until the first is done', async () => {
      const begin = folder([program])
      const first = begin()
      await first.until('begun')
      const second = begin()
      await second.until('Waiting for another make')
      assert.ok(!second.said().includes('begun'))
      first.child.stdin.end()
      await second.until('begun')
      assert.equal(first.said(), 'begun\nover\n')
    })

    test('the second goes on where the first was killed', async () => {
      const begin = folder([program])
      const first = begin()
      await first.until('begun')
      const second = begin()
      await second.until('Waiting for another make')
      end(first.child)
      await second.until('begun')
      second.child.stdin.end()
      await once(second.child, 'exit')
      assert.equal(second.child.exitCode, 0)
    })
  })
}
