import { monotonicMs, type Verdict } from '#faults/history.ts'
import { keyFromText, proofFor } from '#faults/proofs.ts'
import type { VerifyError } from '../sdk/verify/src/verify.ts'

/**
 * A resource server: it receives tokens and repeatedly judges all recent ones. Its arguments are the source
 * tree, the issuer, the audience, the URL of the server, and the behavior without a lease; its key and the
 * key of bound tokens are in the environment, where other users cannot see them.
 */
const [root = '', issuer = '', audience = '', serverUrl = '', stale = ''] = process.argv.slice(2)

/** Sent to the parent process: token, begin, end, verdict. */
export type Judged = readonly [number, number, number, Verdict]

export type Watch = { readonly id: number; readonly text: string; readonly isBound: boolean }

const maxWatched = 48
const pauseMs = 25
/** A verifier remembers each proof for ten minutes, and a limited number of them. */
const maxProofsAtOnce = 4

const { createVerifier } = await import(new URL('sdk/verify/src/verify.ts', root).href)
const verifier = createVerifier({
  issuer,
  audience,
  serverUrl,
  stale,
  key: process.env.VERIFIER_KEY ?? '',
})
const proofKey = await keyFromText(process.env.PROOF_KEY ?? '')
const watched = new Map<number, Watch>()
let turn = 0

process.on('message', (watch: Watch) => {
  // Moved to the end, where it is kept the longest.
  watched.delete(watch.id)
  watched.set(watch.id, watch)
  const [oldest] = watched.keys()
  if (watched.size > maxWatched && oldest !== undefined) watched.delete(oldest)
})

await verifier.ready()
process.stdout.write('ready\n')
void judgeAll()

/** With a timer: after a freeze, it judges before it receives new entries. */
async function judgeAll(): Promise<void> {
  const [bound, others] = [false, true].map((isPlain) =>
    [...watched.values()].filter(({ isBound }) => isBound !== isPlain),
  ) as [Watch[], Watch[]]
  turn += maxProofsAtOnce
  const inTurn = bound.length <= maxProofsAtOnce ? bound : [...bound, ...bound].splice(turn % bound.length)
  const judged = await Promise.all([
    ...others.map(({ id, text }) => judge(id, () => verifier.verify(text))),
    ...inTurn.slice(0, maxProofsAtOnce).map(judgeBound),
  ])
  if (judged.length > 0) process.send?.(judged)
  setTimeout(judgeAll, pauseMs)
}

async function judgeBound({ id, text: token }: Watch): Promise<Judged> {
  const request = { method: 'GET', url: `${audience}/notes` } as const
  const dpop = await proofFor(proofKey, { ...request, token })
  return judge(id, () => verifier.verify({ headers: { authorization: `DPoP ${token}`, dpop } }, request))
}

async function judge(id: number, verify: () => Promise<unknown>): Promise<Judged> {
  const begin = monotonicMs()
  const verdict = await verify().then(
    () => 'accepted' as const,
    ({ status }: VerifyError) => (status === 401 ? ('refused' as const) : ('undecided' as const)),
  )
  return [id, begin, monotonicMs(), verdict]
}
