import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Load, password } from '#faults/failover-load.ts'
import { monotonicMs } from '#faults/history.ts'
import { type Member, type Pair, startPair, timing, whyNoPatroni } from '#faults/patroni.ts'
import { Program } from '#faults/program.ts'
import type { Judged } from '#faults/verifier-process.ts'
import { freePort } from '#test/support/free-port.ts'
import { envOf, sigil } from '#test/support/sigil.ts'

/**
 * Two nodes and a verifier on two PostgreSQL servers with synchronous replication, managed by Patroni. Under
 * load the primary is killed, and in another run frozen and woken when the other one has replaced it. Fails
 * if a change that was answered is lost, a revoked token accepted, or an honest refresh rejected.
 * Usage: node faults/failover.ts [kill|freeze ...]
 */
const issuer = 'http://localhost:1'
const users = 10
const calmMs = 10_000
const ways = ['kill', 'freeze'] as const
type Way = (typeof ways)[number]

const why = whyNoPatroni()
if (why !== undefined) process.stdout.write(`Skipped: ${why}.\n`)
else {
  const wanted = ways.filter((way) => process.argv.length < 3 || process.argv.includes(way))
  for (const way of wanted) await lose(way)
}
process.exit()

async function lose(way: Way): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sigil-failover-'))
  const endings: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
  try {
    const pair = await startPair()
    endings.push(() => pair.stop())
    const place = { dataDir: folder, databaseUrl: pair.url }
    const stop = (program: Program) => void endings.push(() => program.kill())
    const urls = [await startNode('node-0', place, stop), await startNode('node-1', place, stop)]
    const added = await sigil(['verifier', 'add', 'verifier', '--json'], { place })
    const key = String(JSON.parse(added.stdout).key)
    let verdicts: (judged: readonly Judged[]) => void = () => {}
    const verifier = verifierOf(urls[0] ?? '', key, (judged) => verdicts(judged))
    await verifier.start()
    stop(verifier)
    const load = new Load(urls, { watch: (id, text) => verifier.send({ id, text }) })
    verdicts = (judged) => load.judged(judged)
    const emails = Array.from({ length: users }, (_, index) => `person-${index}@example.org`)
    await Promise.all(emails.map((email) => signUp(urls[0] ?? '', email)))
    load.start(emails)
    await setTimeout(calmMs)
    const lostAt = monotonicMs()
    await outage(pair, way)
    await setTimeout(calmMs)
    await load.end()
    await load.check()
    const audit = await sigil(['audit', 'verify'], { place })
    if (audit.code !== 0) load.seen.violations.push(`The audit log: ${audit.stdout}${audit.stderr}`)
    report(way, load, lostAt)
  } finally {
    for (const end of endings.reverse()) await end()
  }
}

/** The primary is lost, the standby replaces it, and the lost one comes back. */
async function outage(pair: Pair, way: Way): Promise<void> {
  const lost = await pair.primary()
  const other = pair.members.find((one) => one !== lost) as Member
  if (way === 'kill') lost.kill()
  else lost.freeze()
  while ((await other.role()) !== 'primary') await setTimeout(100)
  await setTimeout(calmMs)
  if (way === 'kill') lost.start()
  else lost.thaw()
  await setTimeout(2 * calmMs)
}

type Place = { readonly dataDir: string; readonly databaseUrl: string }

async function startNode(name: string, place: Place, stop: (program: Program) => void): Promise<string> {
  const port = await freePort()
  const program = new Program({
    name,
    file: fileURLToPath(import.meta.resolve('#src/main.js')),
    args: ['start'],
    env: {
      ...envOf({ ...place, dataDir: join(place.dataDir, name) }),
      ...{ SIGIL_HOST: '127.0.0.1', SIGIL_PORT: String(port), SIGIL_PUBLIC_URL: issuer },
      SIGIL_RATE_LIMITS: 'off',
    },
    ready: /Sigil is ready/,
    onAccident: (what) => process.stderr.write(`${what}\n`),
  })
  await program.start()
  stop(program)
  return `http://127.0.0.1:${port}`
}

function verifierOf(url: string, key: string, onJudged: (judged: readonly Judged[]) => void): Program {
  return new Program({
    name: 'verifier',
    file: fileURLToPath(import.meta.resolve('#faults/verifier-process.ts')),
    args: [new URL('../', import.meta.url).href, issuer, issuer, url, 'deny'],
    env: { VERIFIER_KEY: key },
    ready: /^ready$/m,
    onMessage: (judged) => onJudged(judged as Judged[]),
    onAccident: (what) => process.stderr.write(`${what}\n`),
  })
}

async function signUp(url: string, email: string): Promise<void> {
  const reply = await fetch(`${url}/api/v1/auth/signup`, {
    method: 'POST',
    body: JSON.stringify({ email, password }),
    headers: { 'content-type': 'application/json' },
  })
  if (reply.status !== 201) throw new Error(`A sign-up answered ${reply.status}: ${await reply.text()}`)
}

/** The longest time in which nothing succeeded, in milliseconds, of what happened after a moment. */
function longestGap(times: readonly number[], from: number): number {
  const later = [from, ...times.filter((at) => at > from).toSorted((a, b) => a - b)]
  return Math.round(Math.max(...later.map((at, index) => (later[index + 1] ?? at) - at)))
}

function report(way: Way, { seen }: Load, lostAt: number): void {
  const { writes, accepted, violations, counts } = seen
  const print = (line: string) => void process.stdout.write(`${line}\n`)
  print(
    `${way}: ${Object.entries(counts)
      .map(([what, count]) => `${count} ${what}`)
      .join(', ')}`,
  )
  print(`  Patroni: ttl ${timing.ttl} s, loop_wait ${timing.loop_wait} s`)
  print(`  writes: away for ${longestGap(writes, lostAt)} ms`)
  for (const [judge, times] of Object.entries(accepted))
    print(`  ${judge} accepted no token for ${longestGap(times, lostAt)} ms (${times.length} accepted)`)
  for (const violation of violations) print(`  BROKEN: ${violation}`)
  if (violations.length > 0) process.exitCode = 1
  else print('  Nothing that was answered is lost, and no revoked token was accepted.')
}
