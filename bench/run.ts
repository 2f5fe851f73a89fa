import { besideRevocationsRows } from '#bench/beside-revocations.ts'
import { tellFleet } from '#bench/fleet.ts'
import { killedRow, logoutRows } from '#bench/logout.ts'
import { refreshRow } from '#bench/refresh.ts'
import { deadKeysRows } from '#bench/revoked-ids.ts'
import { keeps, lineOf, type Row } from '#bench/row.ts'
import { sdkRows } from '#bench/sdk-verify.ts'
import { signInRows } from '#bench/sign-in.ts'
import { tellStart } from '#bench/start.ts'
import { verifyRow } from '#bench/verify.ts'

const rounds = Number(process.env.ROUNDS ?? 15)
const rows: Record<string, () => Promise<readonly Row[]>> = {
  verify: async () => [await verifyRow(rounds)],
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
  'dead-keys': async () => deadKeysRows(),
}
/** What is no ratio: sentences, and whether they say what was promised. */
const told: Record<string, () => Promise<{ readonly said: string; readonly isKept: boolean }>> = {
  fleet: () => tellFleet({ verifiers: 10_000, leaseSeconds: 20, logouts: 5 }),
  start: () => tellStart(7),
}

const wanted = process.argv.slice(2)
const isWanted = (name: string) => wanted.length === 0 || wanted.includes(name)
for (const name of wanted) if (!(name in rows || name in told)) throw new Error(`There is no ${name}`)
process.stdout.write(
  '| what | ours | beside | limit | ratio: median (range) | promised |\n|---|---|---|---|---|---|\n',
)
for (const [name, measureRow] of Object.entries(rows)) {
  if (!isWanted(name)) continue
  for (const row of await measureRow()) {
    process.stdout.write(`${lineOf(row)}\n`)
    if (!keeps(row)) process.exitCode = 1
  }
}
for (const [name, tell] of Object.entries(told)) {
  if (!isWanted(name)) continue
  const { said, isKept } = await tell()
  process.stdout.write(`\n${said}${isKept ? '' : ' MISSED'}\n`)
  if (!isKept) process.exitCode = 1
}
