import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Sql, sql } from '#src/store/sql.ts'
import { record, sealAll, sixSealed, verdictAfter } from '#test/audit/recorded.ts'
import { onBothEngines } from '#test/support/engines.ts'

const eventEdits: Record<string, Sql> = {
  id: sql`update audit_events set id = 'another' where seq = 3`,
  at: sql`update audit_events set at = at + 1 where seq = 3`,
  event: sql`update audit_events set event = 'user.enabled' where seq = 3`,
  actor: sql`update audit_events set actor_kind = 'user', actor_id = 'eve' where seq = 3`,
  target: sql`update audit_events set target_id = 'eve' where seq = 3`,
  address: sql`update audit_events set address = '192.0.2.1' where seq = 3`,
  'request id': sql`update audit_events set request_id = 'another' where seq = 3`,
  details: sql`update audit_events set details = '{}' where seq = 3`,
  'personal details of the actor': sql`update audit_events set actor_personal = 'x' where seq = 3`,
  'personal details of the target': sql`update audit_events set target_personal = 'x' where seq = 3`,
  key: sql`update audit_events set key_id = 'another' where seq = 3`,
  mac: sql`update audit_events set mac = 'AAAAAAAAAAAAAAAAAAAAAA' where seq = 3`,
  segment: sql`update audit_events set segment = 2 where seq = 3`,
  hash: sql`update audit_events set hash = 'AAAAAAAAAAAAAAAAAAAAAA' where seq = 3`,
}

const segmentEdits: Record<string, Sql> = {
  number: sql`update audit_segments set seq = 3 where seq = 2`,
  'first event': sql`update audit_segments set first_event = 5 where seq = 2`,
  'last event': sql`update audit_segments set last_event = 5 where seq = 2`,
  'previous hash': sql`update audit_segments set previous_hash = 'x' where seq = 2`,
  hash: sql`update audit_segments set hash = 'x' where seq = 2`,
  time: sql`update audit_segments set sealed_at = sealed_at + 1 where seq = 2`,
  key: sql`update audit_segments set key_id = 'another' where seq = 2`,
  mac: sql`update audit_segments set mac = 'AAAAAAAAAAAAAAAAAAAAAA' where seq = 2`,
}

onBothEngines('tampering with the audit log', (engine) => {
  for (const [field, edit] of Object.entries(eventEdits)) {
    test(`verifying reports a sealed event whose ${field} was changed`, async () => {
      assert.equal(await verdictAfter(await sixSealed(engine), edit), 3)
    })
  }

  for (const [field, edit] of Object.entries(segmentEdits)) {
    test(`verifying reports a segment whose ${field} was changed`, async () => {
      assert.equal(await verdictAfter(await sixSealed(engine), edit), 4)
    })
  }

  test('verifying reports an event that was changed before it was sealed, at any time', async () => {
    const world = await sixSealed(engine)
    await record(world, 'g')
    const edit = sql`update audit_events set target_id = 'eve' where seq is null`
    assert.equal(await verdictAfter(world, edit), 7)
    await sealAll(world)
    assert.equal(await verdictAfter(world), 7)
  })

  test('verifying reports an event that was forged without the keys, at any time', async () => {
    const world = await sixSealed(engine)
    const insert = sql`insert into audit_events (id, at, event, actor_kind, target_kind, target_id, details,
        key_id, mac)
      select 'x', at, event, actor_kind, target_kind, 'eve', details, key_id, mac
        from audit_events where seq = 6`
    assert.equal(await verdictAfter(world, insert), 7)
    await sealAll(world)
    assert.equal(await verdictAfter(world), 7)
  })
})
