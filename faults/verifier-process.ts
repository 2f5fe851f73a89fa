import { monotonicMs, type Verdict } from '#faults/history.ts'
import type { VerifyError } from '../sdk/verify/src/verify.ts'

/**
 * A resource server: it receives tokens and repeatedly judges all recent ones. Its arguments are the source
 * tree, the issuer, the audience, the URL of the server, and the behavior without a lease; its key is in the
 * environment, where other users cannot see it.
 */
const [root = '', issuer = '', audience = '', serverUrl = '', stale = ''] = process.argv.slice(2)

/** Sent to the parent process: token, begin, end, verdict. */
export type Judged = readonly [number, number, number, Verdict]

export type Watch = { readonly id: number; readonly text: string }

const maxWatched = 48
const pauseMs = 25

const { createVerifier } = await import(new URL('sdk/verify/src/verify.ts', root).href)
const verifier = createVerifier({
  issuer,
  audience,
  serverUrl,
  stale,
  key: process.env.VERIFIER_KEY ?? '',
})
const watched = new Map<number, string>()

process.on('message', ({ id, text }: Watch) => {
  // Moved to the end, where it is kept the longest.
  watched.delete(id)
  watched.set(id, text)
  const [oldest] = watched.keys()
  if (watched.size > maxWatched && oldest !== undefined) watched.delete(oldest)
})

await verifier.ready()
process.stdout.write('ready\n')
void judgeAll()

/** With a timer: after a freeze, it judges before it receives new entries. */
async function judgeAll(): Promise<void> {
  const judged = await Promise.all([...watched].map(([id, text]) => judge(id, text)))
  if (judged.length > 0) process.send?.(judged)
  setTimeout(judgeAll, pauseMs)
}

async function judge(id: number, text: string): Promise<Judged> {
  const begin = monotonicMs()
  const verdict = await verifier.verify(text).then(
    () => 'accepted' as const,
    ({ status }: VerifyError) => (status === 401 ? ('refused' as const) : ('undecided' as const)),
  )
  return [id, begin, monotonicMs(), verdict]
}
