import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { runPooler } from '#test/deploy/pooler.ts'
import { atOnce } from '#test/support/at-once.ts'
import { clientAt, type Reply } from '#test/support/client.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { arrived, logOutEverywhere, refresh, signedIn } from '#test/support/people.ts'
import { programOrSkip } from '#test/support/programs.ts'
import { startServer, type TestServer } from '#test/support/server.ts'
import type { WireSession } from '#test/support/wire-body.ts'

const skip = process.env.SIGIL_TEST_POSTGRES_URL
  ? false
  : 'SIGIL_TEST_POSTGRES_URL is not set: run this through npm test'

async function nodesBehindPooler(t: TestContext, { withDirect }: { withDirect: boolean }) {
  const program = programOrSkip('pgbouncer', t)
  if (program === undefined) return undefined
  const place = await freshDatabaseUrl('postgres')
  const direct = place.databaseUrl ?? ''
  const databaseUrl = await runPooler(program, direct)
  const env = {
    SIGIL_PUBLIC_URL: 'http://localhost:8000',
    SIGIL_MASTER_KEY: randomBytes(32).toString('base64url'),
    SIGIL_DATABASE_URL: databaseUrl,
    ...(withDirect ? { SIGIL_DATABASE_DIRECT_URL: direct } : {}),
  }
  const servers: TestServer[] = []
  while (servers.length < 3) servers.push(await startServer(place, env))
  return servers
}

for (const withDirect of [true, false]) {
  const how = withDirect ? 'that notify each other outside of it' : 'that hear nothing'
  test(`behind a pooler, a logout is effective on nodes ${how}`, { skip }, async (t) => {
    const servers = await nodesBehindPooler(t, { withDirect })
    const first = servers?.[0]
    if (!servers || !first) return
    const client = clientAt(first.url)
    const { person } = await arrived(client)
    const statusOn = async ({ url }: TestServer, bearer: string) =>
      (await clientAt(url).get('/api/v1/auth/verify', { bearer })).status
    for (let round = 0; round < 5; round++) {
      const sessions = await atOnce(8, () => signedIn(client, person))
      const [{ access_token: bearer }, ...others] = sessions as [WireSession, ...WireSession[]]
      for (const server of servers) assert.equal(await statusOn(server, bearer), 204)
      const refreshing: Promise<Reply>[] = others.flatMap(({ refresh_token }) => {
        return servers.map(({ url }) => refresh(clientAt(url), refresh_token))
      })
      for (const reply of await Promise.all(refreshing)) assert.equal(reply.status, 200)
      const { body } = await logOutEverywhere(client, bearer)
      assert.equal(body.everywhere, true)
      for (const server of servers) assert.equal(await statusOn(server, bearer), 401)
    }
  })
}
