import { besideRevocationsRows } from '#bench/beside-revocations.ts'
import { reportFleet } from '#bench/fleet.ts'
import { killedRow, logoutRows } from '#bench/logout.ts'
import { reportMemory } from '#bench/memory.ts'
import { oauthRows } from '#bench/oauth.ts'
import { postgresRows } from '#bench/postgres.ts'
import { refreshRow } from '#bench/refresh.ts'
import { type Report, storeResults } from '#bench/results.ts'
import { revokedIdsRows } from '#bench/revoked-ids.ts'
import { header, keeps, lineOf, type Row } from '#bench/row.ts'
import { sdkRows } from '#bench/sdk-verify.ts'
import { signInRows } from '#bench/sign-in.ts'
import { reportStart } from '#bench/start.ts'
import { verifyRows } from '#bench/verify.ts'
import { verifyTicketRow } from '#bench/verify-ticket.ts'

/**
 * Measures everything, or the benchmarks that are named, prints a table, and stores the results for
 * bench/page.ts, which writes docs/benchmarks.md.
 * Usage: node bench/run.ts [NAME ...]
 */
const file = '.cache/benchmarks.json'
const rounds = Number(process.env.ROUNDS ?? 15)
const rows: Record<string, () => Promise<readonly Row[]>> = {
  verify: () => verifyRows(rounds),
  ticket: async () => [await verifyTicketRow(rounds)],
  'sign-in': () => signInRows(rounds),
  refresh: async () => [
    await refreshRow(rounds, {
      callers: 1,
      beside: 'one durable update and one ES256 signature',
      atLeast: 0.45,
    }),
  ],
  'refresh-together': async () => [
    await refreshRow(rounds, { callers: 32, beside: 'one durable update per commit', atLeast: 1 }),
  ],
  postgres: () => postgresRows(Math.min(rounds, 9)),
  oauth: () => oauthRows(Math.min(rounds, 9)),
  logout: () => logoutRows(rounds),
  'logout-one-killed': async () => [await killedRow(3)],
  'beside-revocations': () => besideRevocationsRows(rounds),
  sdk: () => sdkRows(rounds),
  'revoked-ids': async () => revokedIdsRows(),
}
const reports: Record<string, () => Promise<Report>> = {
  fleet: () => reportFleet({ verifiers: 10_000, leaseSeconds: 20, logouts: 5 }),
  start: () => reportStart(7),
  memory: reportMemory,
}

const wanted = process.argv.slice(2)
const isWanted = (name: string) => wanted.length === 0 || wanted.includes(name)
for (const name of wanted)
  if (!(name in rows || name in reports)) throw new Error(`Unknown benchmark: ${name}`)
process.stdout.write(`${header.join('\n')}\n`)
for (const [name, measureRow] of Object.entries(rows)) {
  if (!isWanted(name)) continue
  const measured = await measureRow()
  storeResults(file, name, { rows: measured })
  for (const row of measured) {
    process.stdout.write(`${lineOf(row)}\n`)
    if (!keeps(row)) process.exitCode = 1
  }
}
for (const [name, report] of Object.entries(reports)) {
  if (!isWanted(name)) continue
  const { text, isKept } = await report()
  storeResults(file, name, { reports: [{ text, isKept }] })
  process.stdout.write(`\n${text}${isKept ? '' : ' MISSED'}\n`)
  if (!isKept) process.exitCode = 1
}
