import { deadKeysRows } from '#bench/dead-keys.ts'
import { killedRow, logoutRows } from '#bench/logout.ts'
import { refreshRow } from '#bench/refresh.ts'
import { keeps, lineOf, type Row } from '#bench/row.ts'
import { sdkRows } from '#bench/sdk-verify.ts'
import { signInRows } from '#bench/sign-in.ts'
import { measureStart } from '#bench/start.ts'
import { verifyRow } from '#bench/verify.ts'

const rounds = Number(process.env.ROUNDS ?? 15)
const rows: Record<string, () => Promise<readonly Row[]>> = {
  verify: async () => [await verifyRow(rounds)],
  'sign-in': () => signInRows(rounds),
  refresh: async () => [
    await refreshRow(rounds, {
      callers: 1,
      beside: 'one durable update and one ES256 signature',
      atLeast: 0.5,
    }),
  ],
  'refresh-together': async () => [
    await refreshRow(rounds, { callers: 32, beside: 'one durable update per commit', atLeast: 1 }),
  ],
  logout: () => logoutRows(rounds),
  sdk: () => sdkRows(rounds),
  'dead-keys': async () => deadKeysRows(),
  'logout-one-killed': async () => [await killedRow(3)],
}

const wanted = process.argv.slice(2)
process.stdout.write(
  '| what | ours | beside | limit | ratio: median (range) | promised |\n|---|---|---|---|---|---|\n',
)
for (const [name, measureRow] of Object.entries(rows)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  for (const row of await measureRow()) {
    process.stdout.write(`${lineOf(row)}\n`)
    if (!keeps(row)) process.exitCode = 1
  }
}
if (wanted.length === 0 || wanted.includes('start')) {
  const { readyMs, idleMb } = await measureStart(7)
  process.stdout.write(`\nReady after ${Math.round(readyMs)} ms (promised: 1,000 ms). `)
  process.stdout.write(`Idle: ${Math.round(idleMb)} MB (promised: 120 MB).\n`)
  if (readyMs > 1000 || idleMb > 120) process.exitCode = 1
}
