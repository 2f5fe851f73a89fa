import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keepLease } from '#src/revocations/lease/keep-lease.ts'
import { allLeaseholders } from '#src/revocations/lease/leaseholders.sql.ts'
import { DatabaseAway } from '#src/store/db.ts'
import { isOfClock } from '#test/support/database-clock.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

const skip = process.env.SIGIL_TEST_POSTGRES_URL
  ? false
  : 'SIGIL_TEST_POSTGRES_URL is not set: run through npm test'

test(
  'a node that cannot start because the database does not return its clock leaves no row',
  { skip },
  async () => {
    const world = await openTestWorld(await freshDatabaseUrl('postgres'), { clock: testClock() })
    const away = new DatabaseAway('It does not answer.')
    const query: typeof world.db.query = async (statement) => {
      if (isOfClock(statement)) throw away
      return world.db.query(statement)
    }
    await assert.rejects(keepLease({ ...world, db: { ...world.db, query } }), away)
    // So no logout waits for it.
    assert.deepEqual(await allLeaseholders(world.db.query), [])
  },
)
