import assert from 'node:assert/strict'
import { test } from 'node:test'
import { administered } from '#test/administration/administrator.ts'
import { type AuditPage, auditEvents, auditPage, sealAll } from '#test/audit/recorded.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { assertFieldRefused, assertRefused } from '#test/support/rejected.ts'

onBothEngines('listing audit events', (engine) => {
  const { server, admin, anybody } = administered(engine)

  test('only administrators can list audit events, and no call can change them', async () => {
    const client = clientAt(server().url)
    const { session } = await anybody()
    assertRefused(await client.get('/api/v1/audit'), 'not_signed_in')
    assertRefused(await client.get('/api/v1/audit', { bearer: session.access_token }), 'forbidden')
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
      assertRefused(await admin.call(method, '/audit', {}), 'method_not_allowed')
  })

  test('pages of audit events contain each event once, newest first', async () => {
    for (let person = 0; person < 3; person++) await anybody()
    await sealAll(server().world)
    const whole = await auditEvents(admin, 'limit=200')
    const seen: (number | null)[] = []
    let page: AuditPage | undefined
    do {
      const cursor: string = page?.next_cursor ? `&cursor=${page.next_cursor}` : ''
      page = await auditPage(admin, `limit=2${cursor}`)
      seen.push(...page.data.map(({ seq }) => seq))
    } while (page.next_cursor)
    const all = whole.map(({ seq }) => seq)
    assert.deepEqual(seen, all)
    assert.deepEqual(
      all,
      Array.from({ length: all.length }, (_, index) => all.length - index),
    )
  })

  test('audit events can be filtered by event, actor and target', async () => {
    const { person, session } = await anybody()
    const lines = (query: string) => auditEvents(admin, query).then((all) => all.map(({ event }) => event))
    assert.deepEqual(await lines(`actor=${person.id}`), ['user.signed_in', 'user.signed_up'])
    assert.deepEqual(await lines(`target=${person.id}`), ['user.signed_up'])
    assert.deepEqual(await lines(`target=${session.session_id}`), ['user.signed_in'])
    assert.deepEqual(await lines(`actor=${person.id}&event=user.signed_in`), ['user.signed_in'])
    assert.deepEqual(await lines(`actor=${person.id}&event=user.deleted`), [])
    assert.ok((await lines('event=user.signed_up')).every((event) => event === 'user.signed_up'))
  })

  test('an unknown event, a bad cursor and a limit over 200 are rejected', async () => {
    assertFieldRefused(await admin.call('GET', '/audit?event=user.sneezed'), '/event')
    assertFieldRefused(await admin.call('GET', '/audit?cursor=x'), '/cursor')
    assertFieldRefused(await admin.call('GET', '/audit?limit=201'), '/limit')
  })
})
