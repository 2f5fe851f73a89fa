import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Client } from 'pg'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines, type Place } from '#test/support/engines.ts'
import { blocksOf } from '#test/support/guides.ts'
import { isAccepted, refresh, signedIn, signedUp } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'
import { openBeside } from '../support/sqlite-file.ts'

const [onSqlite = '', onPostgres = ''] = blocksOf(readFileSync('docs/operating/backup.md', 'utf8'))
  .filter(({ language }) => language === 'sql')
  .map(({ text }) => text)

onBothEngines('the documented steps after a restore with other tools', (engine) => {
  test('a restore with other tools revokes all sessions, and people can sign in again', async () => {
    const place = await engine.freshPlace()
    const env = {
      SIGIL_PUBLIC_URL: 'http://localhost:1',
      SIGIL_MASTER_KEY: randomBytes(32).toString('base64url'),
    }
    const before = await startServer(place, env)
    const person = await signedUp(clientAt(before.url))
    const old = await signedIn(clientAt(before.url), person)
    await before.stop()

    const untouched = await startServer(place, env)
    assert.equal(await isAccepted(clientAt(untouched.url), old.access_token), true)
    await untouched.stop()
    await run(place)

    const restored = await startServer(place, env)
    const client = clientAt(restored.url)
    assert.equal(await isAccepted(client, old.access_token), false)
    const refreshed = await refresh(client, old.refresh_token)
    assert.equal(refreshed.status, 401)
    // `not_before` is a second ahead, so a token issued within this second is rejected too.
    for (let tries = 0; tries < 200; tries++) {
      const { access_token } = await signedIn(client, person)
      if (await isAccepted(client, access_token)) return restored.stop()
    }
    assert.fail('No token issued after the restore is accepted')
  })
})

async function run({ databaseUrl, dataDir }: Place): Promise<void> {
  if (databaseUrl === undefined) {
    const database = openBeside(dataDir)
    database.exec(onSqlite)
    database.close()
    return
  }
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query(onPostgres)
  await client.end()
}
