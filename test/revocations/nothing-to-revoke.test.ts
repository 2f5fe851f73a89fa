import assert from 'node:assert/strict'
import { test } from 'node:test'
import { disable } from '#src/accounts/disable.ts'
import { removeWithTokens } from '#src/accounts/remove.ts'
import { bySystem } from '#src/audit/by.ts'
import { logOutEverywhere } from '#src/sessions/end-everywhere.ts'
import { sql } from '#src/store/sql.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrived, signedUp } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'

onBothEngines('use cases that find nothing left to revoke', (engine) => {
  test('ending the sessions of a user who was just deleted waits for the propagation', async () => {
    const { url, world } = await startServer(engine)
    const client = clientAt(url)
    const { session } = await arrived(client)
    await world.db.query(sql`insert into leaseholders (id, name, acked, beat, lease_ms, registered_at)
      values ('silent', 'silent', 0, 0, 60000, ${world.clock.now()})`)
    const ending = { userId: session.user.id, reason: 'logout_all', by: bySystem } as const
    const first = await removeWithTokens(world, ending)
    const later = [logOutEverywhere(world, ending), disable(world, ending), removeWithTokens(world, ending)]
    let answered = 0
    const answers = later.map(async (ending) => {
      const { everywhere } = await (await ending).propagated
      answered++
      return everywhere
    })
    for (let other = 0; other < 5; other++) await signedUp(client)
    assert.equal(answered, 0)
    await world.db.query(sql`update leaseholders set acked = 1000 where id = 'silent'`)
    assert.deepEqual(await Promise.all(answers), [true, true, true])
    assert.equal((await first.propagated).everywhere, true)
  })
})
