import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byCli, bySystem } from '#src/audit/by.ts'
import { listAudit } from '#src/audit/list-audit.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { readCursor } from '#src/http/cursor.ts'
import { policies } from '#src/limits/policies.ts'
import { systemClock } from '#src/platform/clock.ts'
import { addVerifier, removeVerifier } from '#src/revocations/verifier-keys.ts'
import { signIn } from '#src/sign-in/sign-in.ts'
import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'
import { audit } from '#test/audit/command.ts'
import { sealAll } from '#test/audit/recorded.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { personWithRoles } from '#test/support/people.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

const everything = { event: undefined, actorId: undefined, targetId: undefined }

async function lines(world: World) {
  const all = await listAudit(world, { place: readCursor(undefined), limit: 100, filters: everything })
  return all.map(({ event, actor, target, details }) => ({ event, actor, target, details }))
}

onBothEngines('audit events that are not about users', (engine) => {
  test('actions on the command line are recorded with the actor cli', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    const { id } = await personWithRoles(world, ['admin'])
    const { id: verifierId } = (await addVerifier(world, { name: 'shop', by: byCli })) ?? {}
    assert.equal(await addVerifier(world, { name: 'shop', by: byCli }), undefined)
    assert.equal(await removeVerifier(world, { name: 'shop', by: byCli }), true)
    assert.equal(await removeVerifier(world, { name: 'shop', by: byCli }), false)
    const [removed, added, created, ...others] = await lines(world)
    assert.deepEqual(others, [])
    const actor = byCli.actor.kind
    for (const line of [removed, added, created]) assert.equal(line?.actor.kind, actor)
    assert.deepEqual([created?.event, created?.target], ['user.created', { kind: 'user', id }])
    assert.deepEqual([added?.event, added?.details], ['verifier.added', JSON.stringify({ id: verifierId })])
    assert.deepEqual(
      [removed?.event, removed?.target],
      ['verifier.removed', { kind: 'verifier', id: 'shop' }],
    )
  })

  test('reaching the limit of attempts is recorded once per login, without the login', async () => {
    const env = { SIGIL_RATE_LIMITS: 'on' }
    const after = (_ms: number, act: () => void) => systemClock.after(0, act)
    const world = await openTestWorld(engine, { clock: { ...testClock(), after }, env })
    const { id, email } = await personWithRoles(world, ['default_user'])
    const client = { address: '192.0.2.7', userAgent: '' }
    const asked = {
      client,
      forPages: false,
      knownBrowser: undefined,
      trustedDevice: undefined,
      by: bySystem,
      password: 'wrong',
    }
    for (const login of [email, 'secret typed into the wrong field']) {
      for (let time = 0; time < policies.login.quota + 3; time++)
        await assert.rejects(signIn(world, { ...asked, login }))
    }
    const [unknown, known, ...earlier] = await lines(world)
    assert.deepEqual([known?.event, unknown?.event], ['sign_in.limited', 'sign_in.limited'])
    assert.deepEqual([known?.target.kind, unknown?.target.kind], ['user', 'none'])
    assert.ok(known?.target.kind === 'user' && known.target.id === id)
    assert.ok(!earlier.some(({ event }) => event === 'sign_in.limited'))
    assert.ok(!JSON.stringify(unknown).includes('secret'))
  })
})

onBothEngines('stored audit events', (engine) => {
  test('a secret in the details of an event is not stored', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    const details = {
      password: 'canary one',
      nested: { refresh_token: 'sgr_canary', said: 'Bearer canary-canary-canary' },
      harmless: 'stays',
    }
    const target = { kind: 'none' } as const
    await world.db.transaction((query) =>
      recordEvent(query, world, { event: 'user.created', by: bySystem, target, details }),
    )
    const [line] = await lines(world)
    assert.ok(line && !line.details.includes('canary'))
    assert.ok(line.details.includes('stays'))
  })

  test('audit verify reports an intact log, and the line from which a log is broken', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    await personWithRoles(world, ['admin'])
    await personWithRoles(world, ['default_user'])
    await sealAll(world)
    const whole = await audit(world, 'verify')
    assert.equal(whole.exit, 0)
    assert.match(whole.lines[0] ?? '', /is intact: 2 events/)
    await world.db.query(sql`update audit_events set actor_kind = 'system' where seq = 2`)
    const broken = await audit(world, 'verify')
    assert.equal(broken.exit, 1)
    assert.match(broken.lines[0] ?? '', /from event 2 on/)
  })
})
