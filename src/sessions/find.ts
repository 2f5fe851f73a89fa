import { hashOf } from '#src/sessions/handle.ts'
import type { Session } from '#src/sessions/session.ts'
import { sessionByHandle, sessionByPage } from '#src/sessions/sessions.sql.ts'
import type { Query } from '#src/store/db.ts'

export async function findByHandle(query: Query, handle: string): Promise<Session | undefined> {
  return sessionByHandle(query, hashOf(handle))
}

export async function findByPageHandle(query: Query, pageHandle: string): Promise<Session | undefined> {
  return sessionByPage(query, hashOf(pageHandle))
}
