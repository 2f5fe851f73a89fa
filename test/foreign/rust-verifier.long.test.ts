import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { assertVerifies } from '#test/support/foreign-verifier.ts'
import { programOrSkip } from '#test/support/programs.ts'

const cwd = fileURLToPath(new URL('../../examples/verify/rust', import.meta.url))
const target = fileURLToPath(new URL('../../.cache/rust/verify', import.meta.url))

/** Compiling the packages takes a minute of processor time. */
test('the example for jsonwebtoken accepts access tokens of Sigil and nothing else', async (t) => {
  const cargo = programOrSkip('cargo', t)
  if (!cargo) return
  const env = { ...process.env, CARGO_TARGET_DIR: target }
  try {
    await promisify(execFile)(cargo, ['fetch', '--locked'], { cwd, env })
  } catch {
    return t.skip('The Rust packages of the example cannot be fetched here.')
  }
  await promisify(execFile)(cargo, ['build', '--locked', '--quiet'], { cwd, env })
  await assertVerifies([`${target}/debug/verify`])
})
