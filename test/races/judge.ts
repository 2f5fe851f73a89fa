import assert from 'node:assert/strict'
import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'
import type { Stage } from '#test/races/stage.ts'
import { partsOf } from '#test/support/forging.ts'
import { isAccepted, refresh } from '#test/support/people.ts'
import type { WireSession } from '#test/support/wire-body.ts'

type SessionRow = { counter: number; ended: string | undefined; signature: string; state: string }

/** A session and its user in the database; undefined if there is no such session. */
export async function sessionRow({ db }: World, id: string): Promise<SessionRow | undefined> {
  const [row] = await db.query(sql`select counter, ended_reason, signature, state from sessions
    join users on users.id = sessions.user_id where sessions.id = ${id}`)
  return (
    row && {
      counter: Number(row.counter),
      ended: row.ended_reason === null ? undefined : String(row.ended_reason),
      signature: String(row.signature),
      state: String(row.state),
    }
  )
}

export async function liveSessions({ db }: World, email: string): Promise<number> {
  const [row] = await db.query(sql`select count(*) as live from sessions
    join users on users.id = sessions.user_id where email = ${email} and ended_at is null`)
  return Number(row?.live)
}

export async function timesRevoked({ db }: World, key: string): Promise<number> {
  const [row] = await db.query(sql`select count(*) as times from revocations where id = ${key}`)
  return Number(row?.times)
}

/**
 * Whether a pair is live. Checks that session, access token on every node and refresh token agree. The
 * refresh token is used up.
 */
export async function isAlive(stage: Stage, pair: WireSession): Promise<boolean> {
  const row = await sessionRow(stage.world, pair.session_id)
  const isLive = row !== undefined && row.ended === undefined && row.state === 'active'
  const isCurrent = row?.signature === partsOf(pair.access_token).header.jti
  assert.ok(isCurrent || !isLive, 'a live session has a token with a revoked signature')
  for (const node of stage.nodes) {
    assert.equal(await isAccepted(node, pair.access_token), isLive, 'the access token follows its session')
  }
  for (const node of stage.nodes) {
    const { status } = await refresh(node, pair.refresh_token)
    assert.equal(status, isLive ? 200 : 401, 'the refresh token follows its session')
  }
  return isLive
}

/** No node accepts or refreshes it, and its session has ended. */
export async function assertDead(stage: Stage, pair: WireSession): Promise<void> {
  assert.equal(await isAlive(stage, pair), false)
}

export async function assertAlive(stage: Stage, pair: WireSession): Promise<void> {
  assert.equal(await isAlive(stage, pair), true)
}
