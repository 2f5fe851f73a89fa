import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Client } from 'pg'
import { bySystem } from '#src/audit/by.ts'
import { cleanOnce } from '#src/cli/clean.ts'
import { end } from '#src/sessions/end.ts'
import { logOutEverywhere } from '#src/sessions/end-everywhere.ts'
import { setUp } from '#src/store/postgres-session.ts'
import { refresh } from '#src/tokens/refresh.ts'
import { listUsers, userSorts } from '#src/users/list.ts'
import { livedIn } from '#test/backup/lived-in.ts'
import { appHostAt, registerSite, signInAt, trusting } from '#test/support/app-host.ts'
import { formCall, tokensIn } from '#test/support/app-sign-in.ts'
import { atOnce } from '#test/support/at-once.ts'
import { clientAt } from '#test/support/client.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { newGrant, refreshed } from '#test/support/grants.ts'
import { arrived, goodPassword, sessionIn, signIn } from '#test/support/people.ts'
import { personInEveryTable } from '#test/support/person-in-every-table.ts'
import { relyingParty } from '#test/support/relying-party.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

/*
 * PostgreSQL plans a prepared statement once per connection, and keeps that plan while the empty tables of a
 * new server grow. So a statement must use an index condition even if all tables are empty.
 */
const skip = process.env.SIGIL_TEST_POSTGRES_URL ? false : 'SIGIL_TEST_POSTGRES_URL is not set'

/** Tables that stay small, and partial indexes of which every row is needed. */
const readWhole = ['schema_migrations_pkey', 'keys', 'outbox_readers', 'leaseholders']
const wantedRows = ['unsealed_audit_events', 'due_outbox_deliveries', 'finished_outbox_deliveries']

describe('plans on an empty PostgreSQL database', { skip }, () => {
  const sent = new Set<string>()
  const { query } = Client.prototype

  before(() => {
    Client.prototype.query = function (this: Client, ...args: unknown[]) {
      const [first] = args as [{ name?: string; text?: string } | string]
      if (typeof first === 'object' && first.name && isPlanned.test(first.text ?? ''))
        sent.add(first.text ?? '')
      return Reflect.apply(query, this, args)
    } as typeof query
  })
  after(() => {
    Client.prototype.query = query
  })

  test('no statement reads a whole table or a whole index that can grow', async () => {
    await personInEveryTable(await startServer(await freshDatabaseUrl('postgres')))
    await (await livedIn(await freshDatabaseUrl('postgres'))).stop()
    await usedByApps(await startServer(await freshDatabaseUrl('postgres'), trusting))
    await callsAtOnce(await startServer(await freshDatabaseUrl('postgres')))
    await everyList(await startServer(await freshDatabaseUrl('postgres')))
    assert.ok(sent.size > 100, `only ${sent.size} statements were seen`)
    const shared = [...sent].filter((text) => text.includes('skip locked'))
    assert.equal(
      shared.length,
      4,
      'refreshes, also of apps, logouts and logouts everywhere that share statements',
    )

    const { databaseUrl } = await freshDatabaseUrl('postgres')
    const client = new Client({ connectionString: databaseUrl })
    await client.connect()
    await setUp(client, { connectMs: 10_000, statementMs: 10_000 }, false)
    const found: string[] = []
    for (const text of sent) {
      const { rows } = await client.query(`explain (generic_plan, format json) ${text}`)
      const scans = scansIn(rows[0]['QUERY PLAN'][0].Plan)
      found.push(...scans.map((name) => `${name}: ${text.replace(/\s+/g, ' ')}`))
    }
    await client.end()
    assert.deepEqual(found, [])
  })
})

/** The most frequent operations: with a million users each must cost the same as with one. */
async function usedByApps(server: TestServer): Promise<void> {
  const { world, url } = server
  const more = { isFirstParty: false, backchannelUri: 'https://app.example.com/logout' }
  const party = await relyingParty(server, more)
  const tokens = await party.tokens({ scope: 'openid email offline_access', prompt: 'consent' })
  await party.userinfo(tokens)
  const { refresh_token } = tokensIn(await party.refresh(tokens.refresh_token))
  const { app, client, browser, email } = party
  for (const path of ['/oauth/introspect', '/oauth/revoke']) {
    await formCall(client, path, app, {
      token: path === '/oauth/revoke' ? refresh_token : tokens.access_token,
    })
  }
  const bound = await party.tokens()
  const { access_token: bearer } = sessionIn(await signIn(client, { email, password: goodPassword }))
  assert.equal((await client.get('/api/v1/me/apps', { bearer })).status, 200)
  assert.equal((await browser.get('/account/apps')).status, 200)
  await cleanOnce(world, 10)
  const { host } = await registerSite(world)
  await signInAt(appHostAt(url, host), browser)
  await browser.get(`/oauth/logout?${new URLSearchParams({ id_token_hint: bound.id_token })}`)
  await client.delete(`/api/v1/me/apps/${app.id}`, { bearer })
}

/** So many that they share statements. */
async function callsAtOnce({ url, world }: TestServer): Promise<void> {
  const people = await atOnce(4, () => arrived(clientAt(url)))
  const by = bySystem
  const client = { address: '203.0.113.7', userAgent: 'Browser' }
  await Promise.all(
    people.map(({ session }) => refresh(world, { presented: session.refresh_token, client, by })),
  )
  const grants = await Promise.all(
    people.map(({ person, session }) =>
      newGrant(world, { userId: person.id, sessionId: session.session_id }),
    ),
  )
  await Promise.all(grants.map((grant) => refreshed(world, grant)))
  const endings = people.map(({ person, session }) => ({
    ...({ userId: person.id, sessionId: session.session_id, reason: 'logout', by } as const),
  }))
  await Promise.all(endings.map((ending) => logOutEverywhere(world, ending)))
  await Promise.all(endings.map((ending) => end(world, ending)))
}

/**
 * Users in every order that has an index. By the last sign-in, all users are read: each sign-in would have to
 * write to that index and then, in PostgreSQL, to all others of the table.
 */
async function everyList({ world }: TestServer): Promise<void> {
  const filters = { q: 'a', state: 'active', role: 'admin', limit: 10 } as const
  const indexed = userSorts.filter((sort) => !sort.endsWith('last_signed_in_at'))
  for (const sort of indexed) await listUsers(world.db.query, { ...filters, sort, after: undefined })
}

/** Statements that PostgreSQL plans: it has no plans for schema changes. */
const isPlanned = /^\s*(?:with|select|insert|update|delete)\b/i

type Plan = {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Index Cond'?: string
  Plans?: Plan[]
}

/** The tables and indexes that are read completely. */
function scansIn(plan: Plan): string[] {
  const isScan = /^(?:Seq|Index|Index Only|Bitmap Index) Scan$/.test(plan['Node Type'])
  const name = plan['Index Name'] ?? plan['Relation Name'] ?? ''
  const isOdd = isScan && plan['Index Cond'] === undefined && ![...readWhole, ...wantedRows].includes(name)
  return [...(isOdd ? [name] : []), ...(plan.Plans ?? []).flatMap(scansIn)]
}
