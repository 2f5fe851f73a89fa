import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

/** Programs that some tests run and that npm does not install. */
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
  | 'go'
  | 'python3'
  | 'apache2'
  | 'cargo'
  | 'zsh'
  | 'fish'

/**
 * Returns the path of a program. If it is missing, the test is skipped and the caller returns. If it is
 * listed in `SIGIL_TEST_REQUIRE` (`nginx,chromium`), the test fails instead, so that CI does not skip it
 * silently.
 */
export function programOrSkip(program: Program, t: Pick<TestContext, 'skip'>): string | undefined {
  const path = programPath(program)
  if (path !== undefined) return path
  if (isRequired(program)) throw new Error(`${program} is required here and was not found. Install it.`)
  // Locally make, npm and Node are enough for the tests.
  t.skip(`${program} was not found. Install it to run this.`)
  return undefined
}

/** Debian installs nginx in /usr/sbin, which only root has on its path; Envoy and Traefik are in .cache. */
export function programPath(program: string): string | undefined {
  const fetched = ['envoy', 'traefik'].map((name) =>
    fileURLToPath(new URL(`../../.cache/${name}`, import.meta.url)),
  )
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/sbin',
    '/usr/local/sbin',
    '/usr/local/go/bin',
    ...fetched,
  ]
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
