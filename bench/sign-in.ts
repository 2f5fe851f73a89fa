import { apiOf, signIn, signUp } from '#bench/api.ts'
import { measure, rate } from '#bench/measure.ts'
import { run, runSigil } from '#bench/processes.ts'
import type { Row } from '#bench/row.ts'

/** Whole sign-ins over HTTP, written durably, beside nothing but the hashing that they contain. */
export async function signInRow(rounds: number): Promise<Row> {
  const sigil = await runSigil()
  const raw = await run('./raw-hashes.ts', [])
  const api = apiOf(sigil.url)
  const hashes = apiOf(raw.url)
  await signUp(api, 'bench@example.org')
  const measured = await measure({
    rounds,
    limit: async () => Number((await hashes.get('/1500')).body.per_second),
    ours: () => rate(1500, 8, async () => void (await signIn(api, 'bench@example.org'))),
  })
  api.close()
  hashes.close()
  await Promise.all([sigil.stop(), raw.stop()])
  return {
    name: 'Sign-ins, 8 callers',
    beside: 'raw argon2id on all cores',
    unit: '/s',
    measured,
    promised: { atLeast: 0.9 },
  }
}
