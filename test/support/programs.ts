import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

/** Programs that some tests drive and that npm does not bring along. */
export type Program =
  | 'nginx'
  | 'caddy'
  | 'chromium'
  | 'curl'
  | 'openssl'
  | 'spin'
  | 'gcc'
  | 'pgbouncer'
  | 'traefik'
  | 'envoy'

/**
 * The path of a program. Without it the test is skipped, and the caller returns; where `SIGIL_TEST_REQUIRE`
 * lists it (`nginx,chromium`) the test fails instead, so that continuous integration leaves nothing out.
 */
export function programOrSkip(program: Program, t: Pick<TestContext, 'skip'>): string | undefined {
  const path = programPath(program)
  if (path !== undefined) return path
  if (isRequired(program)) throw new Error(`${program} is required here and was not found. Install it.`)
  // A developer's machine needs no more than make, npm and Node for the tests.
  t.skip(`${program} was not found. Install it to run this.`)
  return undefined
}

/**
 * Debian keeps nginx in /usr/sbin, which is on root's path alone; Envoy and Traefik are fetched into .cache.
 */
export function programPath(program: string): string | undefined {
  const fetched = ['envoy', 'traefik'].map((name) =>
    fileURLToPath(new URL(`../../.cache/${name}`, import.meta.url)),
  )
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', ...fetched]
  return folders.map((folder) => join(folder, program)).find(isExecutable)
}

function isRequired(program: Program): boolean {
  return (process.env.SIGIL_TEST_REQUIRE ?? '').split(',').includes(program)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
