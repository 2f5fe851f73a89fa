import { setProof } from '#src/sessions/handles.sql.ts'
import type { Session } from '#src/sessions/session.ts'
import { sessionById } from '#src/sessions/sessions.sql.ts'
import type { Query } from '#src/store/db.ts'
import { amrOf, type Factor, factorTraits, levelOf } from '#src/users/factor.ts'

/** A step: stores a further proof in a live session. The level of a session never decreases. */
export async function addProof(
  query: Query,
  { sessionId, factor }: { sessionId: string; factor: Factor },
): Promise<void> {
  const session = await sessionById(query, sessionId)
  if (session?.state !== 'live') return
  const proven = [firstFactorOf(session), factor]
  await setProof(query, {
    id: session.id,
    amr: [...new Set([...session.amr, ...amrOf(proven)])],
    level: session.level === 'aal2' ? 'aal2' : levelOf(proven),
  })
}

function firstFactorOf({ method, authenticatedAt }: Session): Factor {
  return { kind: method, amr: factorTraits[method].amr, at: authenticatedAt }
}
