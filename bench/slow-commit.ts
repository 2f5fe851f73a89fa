import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { type Api, apiOf, password, signedUp } from '#bench/api.ts'
import { compared, perSecond } from '#bench/measure.ts'
import { type Running, start } from '#src/cli/start.ts'
import { readSettings } from '#src/settings/settings.ts'
import { silentLog } from '#src/telemetry/log.ts'
import { startDurablePostgres } from '#test/support/postgres-server.ts'
import { cheapHashes } from '#test/support/server.ts'

/**
 * Sign-ins and logouts of 64 callers on two nodes, with a commit that takes 10 ms and with one that takes no
 * time, alternately on one PostgreSQL. The passwords have cheap hashes, so that commits are what differs.
 * Usage: ROUNDS=9 node bench/slow-commit.ts
 */
const rounds = Number(process.env.ROUNDS ?? 9)
const callers = 64
const perRound = 320
const atLeast = 0.6

/** `commit_delay` is a wait before each flush of the log, in microseconds. */
const commits = {
  'no time': ['fsync = off', 'commit_delay = 0'],
  '10 ms': ['fsync = on', 'commit_delay = 10000', 'commit_siblings = 0'],
} as const
type Commit = keyof typeof commits

const folder = mkdtempSync(join(tmpdir(), 'sigil-slow-commit-'))
const postgres = await startDurablePostgres()
const master = randomBytes(32).toString('base64url')
const nodes = [await startNode('one'), await startNode('other')]
const apis = nodes.map(({ serving }) => apiOf(`http://127.0.0.1:${serving.port}`))
const emails = Array.from({ length: callers }, (_, index) => `bench-${index}@example.org`)
for (const email of emails) await signedUp(apiFor(0), email)

const seen: Record<'sign-ins' | 'logouts', Record<Commit, number[]>> = {
  'sign-ins': { 'no time': [], '10 ms': [] },
  logouts: { 'no time': [], '10 ms': [] },
}
for (let round = -1; round < rounds; round++) {
  for (const commit of Object.keys(commits) as Commit[]) {
    await take(commit)
    const tokens: string[] = []
    const turns = Array.from({ length: perRound }, (_, index) => index)
    const signIns = await perSecond(turns, callers, async (index) => {
      tokens.push(await signInUntilDone(index))
    })
    const logouts = await perSecond(turns, callers, async (index) => {
      const { status } = await apiFor(index).post('/api/v1/auth/logout', {}, tokens[index])
      // Ended already, to make room for a later session of the user.
      if (status !== 204 && status !== 401) throw new Error(`A logout answered ${status}`)
    })
    if (round < 0) continue
    seen['sign-ins'][commit].push(signIns)
    seen.logouts[commit].push(logouts)
  }
}
process.stdout.write(
  '| 64 callers, two nodes | commit of no time | commit of 10 ms | ratio: median (range) |\n',
)
process.stdout.write('|---|---|---|---|\n')
for (const [name, rates] of Object.entries(seen)) {
  const { ours, limit, ratio, min, max } = compared(rates['10 ms'], rates['no time'])
  const range = `${ratio.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)})`
  process.stdout.write(`| ${name} | ${limit.toFixed(0)} /s | ${ours.toFixed(0)} /s | ${range} |\n`)
  if (ratio < atLeast) process.exitCode = 1
}
for (const api of apis) api.close()
await Promise.all(nodes.map((node) => node.stop()))
await postgres.stop()
rmSync(folder, { recursive: true, force: true })

/** A node that is busy answers 503, and its callers try again. */
async function signInUntilDone(index: number): Promise<string> {
  for (;;) {
    const login = emails[index % callers] ?? ''
    const { status, body } = await apiFor(index).post('/api/v1/auth/signin', { login, password })
    if (status === 200) return String(body.access_token)
    if (status !== 503) throw new Error(`A sign-in answered ${status}`)
  }
}

function apiFor(index: number): Api {
  return apis[index % apis.length] as Api
}

async function startNode(name: string): Promise<Running> {
  const env = {
    ...{ SIGIL_PORT: '0', SIGIL_DATA_DIR: join(folder, name), SIGIL_RATE_LIMITS: 'off' },
    ...{ SIGIL_DATABASE_URL: postgres.url, SIGIL_MASTER_KEY: master },
    SIGIL_PUBLIC_URL: 'http://localhost:8000',
  }
  const read = readSettings(env, 'development')
  if (read.kind === 'problems') throw new Error(read.problems.join('\n'))
  return start(Object.assign(read.settings, cheapHashes), silentLog)
}

/** Makes every commit of the server take so long from here on. */
async function take(commit: Commit): Promise<void> {
  const client = new Client({ connectionString: postgres.url })
  await client.connect()
  for (const setting of commits[commit]) await client.query(`alter system set ${setting}`)
  await client.query('select pg_reload_conf()')
  await client.query('select pg_sleep(0.2)')
  await client.end()
}
