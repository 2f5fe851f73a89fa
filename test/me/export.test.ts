import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findUser } from '#src/users/users.sql.ts'
import { clientAt } from '#test/support/client.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { writeHistory, writeSessions } from '#test/support/long-history.ts'
import { arrived, isAccepted, personWithRoles, refresh, signedIn } from '#test/support/people.ts'
import { openRaw } from '#test/support/raw-socket.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { startServer } from '#test/support/server.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

const path = '/api/v1/me/export'

onBothEngines('export', (engine) => {
  const server = serverForSuite(engine)

  test('an export contains everything about the user except secrets', async () => {
    const client = clientAt(server().url)
    const { person, session } = await arrived(client, { username: 'export.me', full_name: 'Ex Port' })
    const other = await signedIn(client, person)
    const reply = await client.get(path, { bearer: session.access_token })
    assert.equal(reply.status, 200)
    assert.match(reply.headers['content-disposition'] ?? '', /^attachment; filename="[\w.-]+"$/)
    const { user, sessions, history } = reply.body
    assert.deepEqual([user.id, user.username, user.full_name], [person.id, 'export.me', 'Ex Port'])
    assert.deepEqual(
      sessions.map(({ id }) => id),
      [other.session_id, session.session_id],
    )
    assert.equal(history.length, 2)
    const stored = await findUser(server().world.db.query, person.id)
    const [handle = ''] = session.refresh_token.slice(4).split('.')
    const secrets = ['$argon2', 'hash', stored?.signature ?? '', stored?.passwordHash ?? '', handle]
    for (const secret of secrets) assert.ok(secret !== '' && !reply.text.includes(secret), secret)
    assertRefused(await client.get(path), 'not_signed_in')
  })

  test('an export of any size is complete, each row once and newest first', async () => {
    const { url, world } = server()
    const client = clientAt(url)
    const { person, session } = await arrived(client)
    await writeSessions(world, person.id, 1200)
    await writeHistory(world, person.id, 10_400)
    const { sessions, history } = (await client.get(path, { bearer: session.access_token })).body
    for (const [list, count] of [
      [sessions, 1201],
      [history, 10_401],
    ] as const) {
      assert.equal(new Set(list.map(({ id }) => id)).size, count)
      assert.equal(list.length, count)
    }
    const moments = history.map(({ at }) => at)
    assert.deepEqual(moments, moments.toSorted().toReversed())
  })

  test('an export that exactly fills its pages is complete', async () => {
    const client = clientAt(server().url)
    const { person, session } = await arrived(client)
    await writeHistory(server().world, person.id, 199)
    const { history } = (await client.get(path, { bearer: session.access_token })).body
    assert.equal(history.length, 200)
  })
})

onBothEngines('the audit events in an export', (engine) => {
  const server = serverForSuite(engine)

  test('the export contains the audit events that the user caused or that are about the user', async () => {
    const client = clientAt(server().url)
    const { person, session } = await arrived(client, { username: 'audited' })
    const admin = await personWithRoles(server().world, ['admin'])
    const bearer = (await signedIn(client, admin)).access_token
    await client.send('PUT', `/api/v1/users/${person.id}/roles/guest`, { json: {}, bearer })
    const fresh = (await refresh(client, session.refresh_token)).body.access_token
    const { audit_events: events } = (await client.get(path, { bearer: fresh })).body
    assert.deepEqual(
      events.map(({ event, by }) => [event, by]),
      [
        ['role.granted', 'another_user'],
        ['user.signed_in', 'you'],
        ['user.signed_up', 'you'],
      ],
    )
    const [granted, , signedUp] = events
    assert.equal(granted?.ip, null)
    assert.ok(signedUp?.ip)
    const after = { email: person.email, username: 'audited', roles: ['default_user'] }
    assert.deepEqual(signedUp.details, { after })
  })
})

onBothEngines('export with a slow reader', (engine) => {
  test('an export is produced as fast as it is read, and stops when the client disconnects', async () => {
    const { server, reader, pagesRead } = await halfRead(engine)
    await readersBeside(server.url)
    const read = pagesRead()
    assert.ok(read < pages / 2, `${read} pages of ${pages} were read for a client that reads none`)
    reader.hangUp()
    await readersBeside(server.url)
    assert.ok(pagesRead() <= read + 1)
    await server.stop()
  })

  test('an export that is read slowly is complete and does not block other calls', async () => {
    const { server, reader, bearer, pagesRead } = await halfRead(engine)
    assert.equal(await isAccepted(clientAt(server.url), bearer), true)
    reader.resume()
    assert.ok(looksWhole(await reader.said))
    assert.equal(pagesRead(), pages)
  })

  test('an export is aborted, visibly incomplete, when the database becomes unavailable', async () => {
    const { server, reader } = await halfRead(engine)
    await server.world.db.close()
    reader.resume()
    const said = await reader.said
    assert.match(said, /^HTTP\/1\.1 200 /)
    assert.ok(!looksWhole(said))
    assert.equal((await clientAt(server.url).get('/healthz')).status, 200)
  })
})

/** More than fits into the buffers between a client and a server. */
const lines = 20_000
const pages = lines / 200

/** Requests an export with a long history and reads the beginning. */
async function halfRead(engine: Engine) {
  const server = await startServer(engine, { SIGIL_LOG_LEVEL: 'fatal' })
  const { person, session } = await arrived(clientAt(server.url))
  await writeHistory(server.world, person.id, lines - 1)
  let pagesRead = 0
  const { query } = server.world.db
  const counting: typeof query = (statement) => {
    if ('strings' in statement && statement.strings[0]?.includes('from sign_ins')) pagesRead++
    return query(statement)
  }
  Object.assign(server.world.db, { query: counting })
  const reader = await openRaw(server.url)
  const bearer = session.access_token
  reader.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n`)
  reader.write(`Authorization: Bearer ${bearer}\r\n\r\n`)
  await reader.answered
  reader.pause()
  return { server, reader, bearer, pagesRead: () => pagesRead }
}

/** Waits until so many other calls were answered that the export must be blocked. */
async function readersBeside(url: string): Promise<void> {
  for (let calls = 0; calls < 200; calls++) await clientAt(url).get('/healthz')
}

/** Reads the chunks up to the last, empty one, and parses the JSON. */
function looksWhole(said: string): boolean {
  if (!said.endsWith('\r\n0\r\n\r\n')) return false
  const body = said.slice(said.indexOf('\r\n\r\n') + 4)
  JSON.parse(body.replaceAll(/(?:^|\r\n)[0-9a-f]+\r\n/g, '').trim())
  return true
}
