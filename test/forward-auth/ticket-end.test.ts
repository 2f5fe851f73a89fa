import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { disable } from '#src/accounts/disable.ts'
import { editUser } from '#src/accounts/edit.ts'
import { removeWithTokens } from '#src/accounts/remove.ts'
import { changeApp } from '#src/apps/add-app.ts'
import { disable as disableApp, enable, removeApp } from '#src/apps/end-app.ts'
import { requirementIn } from '#src/apps/path-rules.ts'
import { byCli } from '#src/audit/by.ts'
import { type AppHost, appHostAt, newHost, registerSite, signInAt, trusting } from '#test/support/app-host.ts'
import { browserAt, type Client, clientAt } from '#test/support/client.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage, sendForm } from '#test/support/forms.ts'
import { goodPassword, logOutEverywhere, sessionIn, signIn } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

const env = {
  SIGIL_PUBLIC_URL: 'http://localhost:8000',
  SIGIL_MASTER_KEY: randomBytes(32).toString('base64url'),
  ...trusting,
}

/** A user with a ticket, and everything that a test can revoke. */
type Visit = {
  readonly clientId: string
  readonly at: AppHost
  readonly browser: Client
  readonly userId: string
  /** A first-party access token of another session of the user. */
  readonly bearer: string
}

type Ending = (visit: Visit) => Promise<unknown>

/** Everything that ends a ticket, by name. */
function endings({ url, world }: TestServer): Record<string, Ending> {
  const client = clientAt(url)
  return {
    'POST /logout_all': ({ bearer }) => logOutEverywhere(client, bearer),
    'the sign-out of the session': ({ browser }) => sendForm(browser, '/sign-out'),
    'every session ended by its owner': ({ bearer }) => client.delete('/api/v1/me/sessions', { bearer }),
    'a changed password': ({ bearer }) =>
      client.put('/api/v1/me/password', { current: goodPassword, new: 'another plum 43 window' }, { bearer }),
    'a changed email': async ({ userId }) => {
      const edit = { email: `new-${userId.toLowerCase()}@example.org` }
      await (await editUser(world, { userId, edit, by: byCli })).propagated
    },
    'a disabled user': async ({ userId }) => (await disable(world, { userId, by: byCli })).propagated,
    'a deleted user': async ({ userId }) => (await removeWithTokens(world, { userId, by: byCli })).propagated,
    'a removed connected app': ({ bearer, clientId }) =>
      client.delete(`/api/v1/me/apps/${clientId}`, { bearer }),
    'a removed app': async ({ clientId }) => (await removeApp(world, { clientId, by: byCli })).propagated,
    'a disabled app': async ({ clientId }) => (await disableApp(world, { clientId, by: byCli })).propagated,
    'a host that was removed from the app': async ({ clientId }) =>
      changeApp(world, { clientId, edit: { site: { hosts: [newHost()] } }, by: byCli }),
    'a rule that requires a role': async ({ clientId }) => {
      const requires = requirementIn('roles:admin')
      assert.ok(requires)
      const rules = [{ path: '/', requires }]
      await changeApp(world, { clientId, edit: { site: { rules } }, by: byCli })
    },
    'a sign-out at the host': ({ at }) =>
      sendForm(at.client, '/.sigil/sign-out', {}, { 'x-forwarded-host': at.host }),
  }
}

async function visitAt({ url, world }: TestServer): Promise<Visit> {
  const { app, host } = await registerSite(world)
  const browser = browserAt(url)
  const login = await arrivedOnPage(browser)
  const at = appHostAt(url, host)
  await signInAt(at, browser)
  const session = sessionIn(await signIn(clientAt(url), { email: login, password: goodPassword }))
  const { access_token: bearer, user } = session
  return { clientId: app.clientId, at, browser, userId: user.id, bearer }
}

/** The verdicts of two nodes about the same ticket. */
async function statusesOf(servers: readonly TestServer[], { at }: Visit, cookie: string): Promise<number[]> {
  const statuses = []
  for (const { url } of servers) {
    const reply = await appHostAt(url, at.host).ask('/', { headers: { cookie } })
    statuses.push(reply.status)
  }
  return statuses
}

async function nodesOn(engine: Engine): Promise<TestServer[]> {
  const place = await engine.freshPlace()
  const servers = [await startServer(place, env)]
  if (engine.dialect === 'postgres') servers.push(await startServer(place, env))
  return servers
}

onBothEngines('the end of a ticket', (engine) => {
  test('every revocation reaches every node before it returns, and affects no other user', async () => {
    const servers = await nodesOn(engine)
    const [first] = servers
    assert.ok(first)
    const other = await visitAt(first)
    const cookieOfOther = other.at.client.jar.headerFor('/') ?? ''
    for (const [name, end] of Object.entries(endings(first))) {
      const visit = await visitAt(first)
      const cookie = visit.at.client.jar.headerFor('/') ?? ''
      const good = servers.map(() => 204)
      assert.deepEqual(await statusesOf(servers, visit, cookie), good, `before ${name}`)
      const answer = await end(visit)
      if (answer && typeof answer === 'object' && 'status' in answer)
        assert.ok(Number(answer.status) < 400, name)
      const after = await statusesOf(servers, visit, cookie)
      assert.ok(
        after.every((status) => [401, 403, 404].includes(status)),
        `${after} after ${name}`,
      )
      assert.deepEqual(await statusesOf(servers, other, cookieOfOther), good, `another user, ${name}`)
    }
  })
})

onBothEngines('an app that was disabled', (engine) => {
  test('users sign in again once the app is enabled, and their earlier tickets stay revoked', async () => {
    const servers = await nodesOn(engine)
    const [first] = servers
    assert.ok(first)
    const { at, clientId, browser } = await visitAt(first)
    const { world } = first
    const old = at.client.jar.headerFor('/') ?? ''
    const visit = { at, clientId, browser, userId: '', bearer: '' }
    for (let round = 0; round < 2; round++) {
      await (await disableApp(world, { clientId, by: byCli })).propagated
      assert.ok((await statusesOf(servers, visit, old)).every((status) => status === 404))
      assert.equal((await at.send('GET', '/.sigil/sign-in')).status, 404)
      await enable(world, { clientId, by: byCli })
      assert.ok((await statusesOf(servers, visit, old)).every((status) => status === 401))
      const again = appHostAt(first.url, at.host)
      await signInAt(again, browser)
      const cookie = again.client.jar.headerFor('/') ?? ''
      assert.ok((await statusesOf(servers, visit, cookie)).every((status) => status === 204))
    }
  })
})
