import { apiOf, signedIn, signedUp } from '#bench/api.ts'
import { measure, rate } from '#bench/measure.ts'
import { run, runSigil } from '#bench/processes.ts'
import type { Row } from '#bench/row.ts'

/** So many that no user reaches the maximum number of sessions. */
const users = 300
const emailOf = (user: number) => `bench-${user}@example.org`

/**
 * Complete, durable sign-ins over HTTP, compared with the minimum that a sign-in needs, and, without a
 * promise, with hashing alone, which shares its cores with neither a server nor callers.
 */
export async function signInRows(rounds: number): Promise<readonly Row[]> {
  const sigil = await runSigil()
  const bare = await run('./bare-sign-in.ts', [])
  const raw = await run('./raw-hashes.ts', [])
  const [api, bareApi, hashes] = [sigil, bare, raw].map(({ url }) => apiOf(url))
  if (!api || !bareApi || !hashes) throw new Error('Not all programs started.')
  for (let user = 0; user < users; user++) await signedUp(api, emailOf(user))
  let next = 0
  const signIns = (of: typeof api) =>
    rate(1500, 8, async () => void (await signedIn(of, emailOf(next++ % users))))
  const besideBare = await measure({ rounds, limit: () => signIns(bareApi), ours: () => signIns(api) })
  const besideHashes = await measure({
    rounds,
    limit: async () => Number((await hashes.get('/1500')).body.per_second),
    ours: () => signIns(api),
  })
  for (const one of [api, bareApi, hashes]) one.close()
  await Promise.all([sigil.stop(), bare.stop(), raw.stop()])
  const row = { name: 'Sign-ins, 8 callers', unit: '/s' }
  return [
    {
      ...row,
      beside: 'a bare server: one argon2id, one durable row, one ES256 signature',
      measured: besideBare,
      promised: { atLeast: 0.8 },
    },
    { ...row, beside: 'raw argon2id on all cores', measured: besideHashes, promised: undefined },
  ]
}
