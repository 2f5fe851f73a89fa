import assert from 'node:assert/strict'
import type { Query } from '#src/store/db.ts'
import { openStore } from '#src/store/open.ts'
import { sql } from '#src/store/sql.ts'
import type { Place } from '#test/support/engines.ts'

/** Checks the consistency of the database while no server has it open. Returns all emails. */
export async function assertConsistent(place: Place): Promise<Set<string>> {
  const db = await openStore(place)
  try {
    for (const [what, count] of Object.entries(await inconsistencies(db.query))) assert.equal(count, 0, what)
    const users = await db.query(sql`select email from users`)
    return new Set(users.map(({ email }) => String(email)))
  } finally {
    await db.close()
  }
}

async function inconsistencies(query: Query): Promise<Record<string, number>> {
  const [row] = await query(sql`select
    (select count(*) from users where not exists (select 1 from user_roles
      where user_id = users.id and role = 'default_user')) as "users without their role",
    (select count(*) from users where length(signature) <> 22) as "users without a signature",
    (select count(*) from users where signature in
      (select id from revocations)) as "users with a revoked signature",
    (select count(*) from sessions where not exists (select 1 from sign_ins
      where session_id = sessions.id and user_id = sessions.user_id)) as "sessions without their sign-in",
    (select count(*) from sign_ins where outcome = 'signed_in' and session_id not in
      (select id from sessions)) as "sign-ins without their session",
    (select count(*) from sessions join users on users.id = user_id
      where last_signed_in_at is null) as "sessions of users who never signed in",
    (select count(*) from sessions where ended_reason = 'logout' and id not in
      (select id from revocations)) as "ended sessions that were not revoked",
    (select count(*) from sessions where ended_at is null and id in
      (select id from revocations)) as "live sessions that were revoked",
    (select head from revocation_head) - (select count(*) from revocations
      where seq > 0) as "gaps in the log",
    (select count(*) from users where not exists (select 1 from audit_events
      where event = 'user.signed_up' and target_id = users.id)) as "users without their audit event",
    (select count(*) from audit_events where event = 'user.signed_up' and target_id not in
      (select id from users)) as "audit events without their user",
    (select count(*) from sessions where not exists (select 1 from audit_events
      where event = 'user.signed_in' and target_id = sessions.id)) as "sessions without their audit event",
    (select count(*) from audit_events where event = 'user.signed_in' and target_id not in
      (select id from sessions)) as "audit events without their session",
    (select count(*) from sessions where ended_reason = 'logout' and not exists (select 1 from audit_events
      where event = 'session.ended' and target_id = sessions.id)) as "logouts without their audit event",
    (select seq from audit_head) - (select count(seq) from audit_events) as "gaps in the audit log",
    (select count(*) from keys) - 2 as "missing or additional keys"`)
  return Object.fromEntries(Object.entries(row ?? {}).map(([what, count]) => [what, Number(count)]))
}
