import { systemClock } from '#src/platform/clock.ts'
import { migrate } from '#src/store/migrate.ts'
import { openStore } from '#src/store/open.ts'
import { threeSteps } from '#test/store/steps.ts'
import { atOnce } from '#test/support/at-once.ts'

// A process for tests: migrates ten times at once and prints the applied migrations.
const db = await openStore({ databaseUrl: process.argv[2], dataDir: '' })
process.stdout.write('ready\n')
process.stdin.once('data', async () => {
  const applied = await atOnce(10, () => migrate(db, systemClock, threeSteps))
  process.stdout.write(`${JSON.stringify(applied.flat())}\n`)
  await db.close()
  process.stdin.destroy()
})
