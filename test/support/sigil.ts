import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Place } from '#test/support/engines.ts'

export type Ran = { code: number | null; stdout: string; stderr: string }

export type How = { place?: Place; env?: Record<string, string>; input?: string; cwd?: string }

const main = fileURLToPath(import.meta.resolve('#src/main.js'))

/** The master key, which all nodes on PostgreSQL need. */
export const masterKey = createHash('sha256').update('for tests').digest('base64url')

/** Runs a command in a separate process, with only these settings, and waits for its end. */
export async function sigil(
  words: readonly string[],
  { place, env = {}, input = '', cwd }: How,
): Promise<Ran> {
  const child = spawn(process.execPath, [main, ...words], {
    env: { ...inherited(), ...envOf(place), ...env },
    cwd,
  })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const outputs = Promise.all(
    [child.stdout, child.stderr].map((stream) => stream.setEncoding('utf8').toArray()),
  )
  const [code] = await once(child, 'exit')
  const [stdout = '', stderr = ''] = (await outputs).map((chunks) => chunks.join(''))
  return { code, stdout, stderr }
}

/** The same with `--json`: returns the parsed output, for any exit code. */
export async function sigilJson(
  words: readonly string[],
  how: How,
): Promise<{ code: number | null; said: Flash }> {
  const { code, stdout } = await sigil([...words, '--json'], how)
  return { code, said: JSON.parse(stdout) as Flash }
}

export function envOf(place: Place | undefined): Record<string, string> {
  if (!place) return {}
  const { databaseUrl, dataDir } = place
  const shared = databaseUrl ? { SIGIL_DATABASE_URL: databaseUrl, SIGIL_MASTER_KEY: masterKey } : {}
  return { SIGIL_DATA_DIR: dataDir, ...shared }
}

type Output = { id: string; email: string; roles: string[]; status: string }

/** The members that tests read; each command has some of them. */
export type Flash = {
  error: { code: string; message: string }
  user: Output
  users: Output[]
  more: boolean
  already: boolean
  everywhere: boolean
  sessions_ended: number
  roles: { name: string; members: number }[]
  sessions: { id: string; ip: string }[]
  applied: string[]
  pending: string[]
}

export function inherited(): Record<string, string> {
  const given = Object.entries(process.env).filter(([name]) => !name.startsWith('SIGIL_'))
  return Object.fromEntries(given) as Record<string, string>
}
