import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byCli } from '#src/audit/by.ts'
import { listAudit } from '#src/audit/list-audit.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { verifyAudit } from '#src/audit/verify-audit.ts'
import { readCursor } from '#src/http/cursor.ts'
import { sql } from '#src/store/sql.ts'
import { administered } from '#test/administration/administrator.ts'
import { auditEvents, sealAll } from '#test/audit/recorded.ts'
import { atOnce } from '#test/support/at-once.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrived, personWithRoles } from '#test/support/people.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

onBothEngines('personal details in the audit log', (engine) => {
  const { server, admin } = administered(engine)

  test('personal details are shown while the user exists, and are never stored in plain text', async () => {
    const username = `clear-${engine.dialect}`
    const { person, session } = await arrived(clientAt(server().url), { username })
    const [signedUp] = await auditEvents(admin, `event=user.signed_up&target=${person.id}`)
    assert.deepEqual(signedUp?.details, { after: { email: person.email, username, roles: ['default_user'] } })
    assert.ok(signedUp?.ip && signedUp.erased === false)
    const stored = JSON.stringify(
      await server().world.db.query(sql`select * from audit_events
      where actor_id = ${person.id} or target_id = ${person.id}`),
    )
    assert.ok(stored.includes(session.session_id))
    for (const plain of [person.email, username, signedUp.ip]) assert.ok(!stored.includes(plain), plain)
  })

  test('personal details are deleted with their user, and the log still verifies', async () => {
    const client = clientAt(server().url)
    const { person, session } = await arrived(client)
    const bearer = session.access_token
    const rename = { full_name: 'Canary Name' }
    assert.equal((await client.patch('/api/v1/me', rename, { bearer })).status, 200)
    const removal = await admin.call('DELETE', `/users/${person.id}`)
    assert.ok(removal.status < 300, removal.text)
    const { world } = server()
    assert.deepEqual(await world.db.query(sql`select * from user_keys where user_id = ${person.id}`), [])
    const events = [
      ...(await auditEvents(admin, `target=${person.id}`)),
      ...(await auditEvents(admin, `actor=${person.id}`)),
    ]
    assert.ok(events.length >= 4)
    for (const { event, erased, ip, details } of events) {
      if (event === 'user.deleted') continue
      assert.deepEqual([erased, ip], [true, null], event)
      assert.ok(!/canary|@/i.test(JSON.stringify(details)), event)
    }
    const [deleted] = await auditEvents(admin, `event=user.deleted&target=${person.id}`)
    assert.ok(deleted && !deleted.erased && deleted.ip !== null)
    await sealAll(world)
    assert.equal((await verifyAudit(world)).kind, 'whole')
  })

  test('the IP address of users who delete themselves is not stored', async () => {
    const client = clientAt(server().url)
    const { person, session } = await arrived(client)
    const reply = await client.send('DELETE', '/api/v1/me', { json: {}, bearer: session.access_token })
    assert.ok(reply.status < 300, reply.text)
    const [deleted] = await auditEvents(admin, `event=user.deleted&target=${person.id}`)
    assert.deepEqual([deleted?.erased, deleted?.ip], [true, null])
  })
})

onBothEngines('keys of users', (engine) => {
  test('a tampered key hides personal details and does not break lists', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    const { id } = await personWithRoles(world, ['default_user'])
    await world.db.query(sql`update user_keys set sealed = 'x.y' where user_id = ${id}`)
    const filters = { event: undefined, actorId: undefined, targetId: id }
    const [event] = await listAudit(world, { place: readCursor(undefined), limit: 10, filters })
    assert.ok(event?.isErased && !event.details.includes('@'))
  })

  test('twenty concurrent first events about one user create one key', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    const { id } = await personWithRoles(world, ['default_user'])
    await world.db.query(sql`delete from user_keys`)
    await atOnce(20, () =>
      world.db.transaction((query) =>
        recordEvent(query, world, {
          event: 'profile.changed',
          by: { ...byCli, actor: { kind: 'user', id }, address: '192.0.2.1' },
          target: { kind: 'user', id },
          details: {},
          personal: { after: { full_name: 'x' } },
        }),
      ),
    )
    const [row] = await world.db.query(sql`select count(*) as count from user_keys`)
    assert.equal(Number(row?.count), 1)
  })

  test('a key whose transaction was rolled back encrypts nothing later', async () => {
    const clock = testClock()
    const world = await openTestWorld(engine, { clock })
    const { id } = await personWithRoles(world, ['default_user'])
    await world.db.query(sql`delete from user_keys`)
    const recordAddress = (isKept: boolean) =>
      world.db.transaction(async (query) => {
        const by = { ...byCli, actor: { kind: 'user', id }, address: '192.0.2.1' } as const
        const target = { kind: 'user', id } as const
        await recordEvent(query, world, { event: 'user.enabled', by, target, details: {} })
        if (!isKept) throw new Error('undone')
      })
    await assert.rejects(recordAddress(false), /undone/)
    await recordAddress(true)
    clock.forward(60 * 60_000)
    await recordAddress(true)
    const filters = { event: 'user.enabled', actorId: id, targetId: undefined }
    const events = await listAudit(world, { place: readCursor(undefined), limit: 10, filters })
    assert.deepEqual(
      events.map(({ address }) => address),
      ['192.0.2.1', '192.0.2.1'],
    )
  })
})
