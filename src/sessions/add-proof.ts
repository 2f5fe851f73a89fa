import { setProof } from '#src/sessions/handles.sql.ts'
import type { Session } from '#src/sessions/session.ts'
import { sessionById } from '#src/sessions/sessions.sql.ts'
import type { Query } from '#src/store/db.ts'
import { amrAfter, type Factor, factorTraits, levelOf } from '#src/users/factor.ts'

/** A step: stores a further proof in a live session. The level of a session never decreases. */
export async function addProof(
  query: Query,
  { sessionId, factor }: { sessionId: string; factor: Factor },
): Promise<void> {
  const session = await sessionById(query, sessionId)
  if (session?.state !== 'live') return
  const first = firstFactorOf(session)
  await setProof(query, {
    id: session.id,
    amr: amrAfter(session.amr, { first, further: factor }),
    level: session.level === 'aal2' ? 'aal2' : levelOf([first, factor]),
  })
}

function firstFactorOf({ method, authenticatedAt }: Session): Factor {
  return { kind: method, amr: factorTraits[method].amr, at: authenticatedAt }
}
