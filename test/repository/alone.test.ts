import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { programPath } from '#test/support/programs.ts'

/** Prints that it has started, and runs until its input ends. */
const command = ['/bin/sh', '-c', 'echo begun; cat >/dev/null; echo over']

/** Creates a folder, and returns a function that starts the command in it. */
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
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
    after(() => end(child))
    return {
      child,
      printed: () => output,
      until: (text: string) => until(child, () => output.includes(text)),
    }
  }
}

/** Kills the whole process group, as a terminal does. */
function end({ pid }: ChildProcess): void {
  try {
    process.kill(-(pid ?? assert.fail('not started')), 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

async function until({ stdout, stderr }: ChildProcess, isSo: () => boolean): Promise<void> {
  while (!isSo()) await Promise.race([stdout, stderr].map((stream) => stream && once(stream, 'data')))
}

for (const program of ['flock', 'perl']) {
  const skip = programPath(program) ? false : `${program} was not found`
  describe(`two installations at once, with ${program}`, { skip }, () => {
    test('a second installation waits until the first is done', async () => {
      const begin = folder([program])
      const first = begin()
      await first.until('begun')
      const second = begin()
      await second.until('Waiting for another make')
      assert.ok(!second.printed().includes('begun'))
      first.child.stdin.end()
      await second.until('begun')
      assert.equal(first.printed(), 'begun\nover\n')
    })

    test('a second installation continues if the first was killed', async () => {
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
