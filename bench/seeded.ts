import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { password } from '#bench/api.ts'
import { start } from '#src/cli/start.ts'
import { readSettings } from '#src/settings/settings.ts'
import { silentLog } from '#src/telemetry/log.ts'
import type { World } from '#src/world/world.ts'
import type { TestApp } from '#test/support/app-sign-in.ts'
import { browserAt, type Client } from '#test/support/client.ts'
import { sendForm } from '#test/support/forms.ts'
import { cheapHashes } from '#test/support/server.ts'

/** What bench/seed.ts writes to the data folder. */
export type SeedFile = {
  readonly users: number
  readonly databaseUrl: string | undefined
  readonly apps: readonly TestApp[]
}

/** A server in this process on a database that bench/seed.ts has filled. */
export type Seeded = SeedFile & {
  readonly world: World
  readonly url: string
  /** The emails of different active users, other ones with each call. */
  emails(count: number): string[]
  stop(): Promise<void>
}

export async function openSeeded(folder: string): Promise<Seeded> {
  const file = JSON.parse(readFileSync(join(folder, 'seeded.json'), 'utf8')) as SeedFile
  const env = {
    ...{ SIGIL_PORT: '0', SIGIL_DATA_DIR: folder, SIGIL_RATE_LIMITS: 'off' },
    ...(file.databaseUrl === undefined ? {} : { SIGIL_DATABASE_URL: file.databaseUrl }),
  }
  const read = readSettings(env, 'development')
  if (read.kind === 'problems') throw new Error(read.problems.join('\n'))
  const { world, serving, stop } = await start(Object.assign(read.settings, cheapHashes), silentLog)
  // A prime far from a divisor of the number of users, so that users of one call are far from each other.
  const stride = 7919
  let next = Math.floor(Math.random() * file.users)
  return {
    ...{ ...file, world, stop, url: `http://localhost:${serving.port}` },
    emails(count) {
      const found: string[] = []
      while (found.length < count) {
        next = (next + stride) % file.users
        if (next % 50 !== 0) found.push(emailOf(next))
      }
      return found
    },
  }
}

export function emailOf(index: number): string {
  return `person${index}@mail${index % 97}.example`
}

export async function signedInBrowser({ url }: Seeded, login: string): Promise<Client> {
  const browser = browserAt(url)
  const { status } = await sendForm(browser, '/sign-in', { login, password, next: '' })
  if (status !== 303) throw new Error(`The sign-in answered ${status}`)
  return browser
}
