import { besideRevocationsRows } from '#bench/beside-revocations.ts'
import { reportFleet } from '#bench/fleet.ts'
import { killedRow, logoutRows } from '#bench/logout.ts'
import { refreshRow } from '#bench/refresh.ts'
import { revokedIdsRows } from '#bench/revoked-ids.ts'
import { keeps, lineOf, type Row } from '#bench/row.ts'
import { sdkRows } from '#bench/sdk-verify.ts'
import { signInRows } from '#bench/sign-in.ts'
import { reportStart } from '#bench/start.ts'
import { verifyRows } from '#bench/verify.ts'
import { verifyTicketRow } from '#bench/verify-ticket.ts'

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
  logout: () => logoutRows(rounds),
  'logout-one-killed': async () => [await killedRow(3)],
  'beside-revocations': () => besideRevocationsRows(rounds),
  sdk: () => sdkRows(rounds),
  'revoked-ids': async () => revokedIdsRows(),
}
/** Results that are not ratios: sentences, and whether the promise was kept. */
const reports: Record<string, () => Promise<{ readonly text: string; readonly isKept: boolean }>> = {
  fleet: () => reportFleet({ verifiers: 10_000, leaseSeconds: 20, logouts: 5 }),
  start: () => reportStart(7),
}

const wanted = process.argv.slice(2)
const isWanted = (name: string) => wanted.length === 0 || wanted.includes(name)
for (const name of wanted)
  if (!(name in rows || name in reports)) throw new Error(`Unknown benchmark: ${name}`)
process.stdout.write(
  '| what | ours | compared with | limit | ratio: median (range) | promised |\n|---|---|---|---|---|---|\n',
)
for (const [name, measureRow] of Object.entries(rows)) {
  if (!isWanted(name)) continue
  for (const row of await measureRow()) {
    process.stdout.write(`${lineOf(row)}\n`)
    if (!keeps(row)) process.exitCode = 1
  }
}
for (const [name, report] of Object.entries(reports)) {
  if (!isWanted(name)) continue
  const { text, isKept } = await report()
  process.stdout.write(`\n${text}${isKept ? '' : ' MISSED'}\n`)
  if (!isKept) process.exitCode = 1
}
