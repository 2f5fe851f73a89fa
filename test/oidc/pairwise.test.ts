import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maxSessions } from '#src/sessions/session.ts'
import { sql } from '#src/store/sql.ts'
import { findByLogin } from '#src/users/find.ts'
import type { World } from '#src/world/world.ts'
import {
  answerToApp,
  authorizePath,
  claimsIn,
  formCall,
  newPkce,
  registerApp,
  tokenCall,
  tokensFor,
  tokensIn,
} from '#test/support/app-sign-in.ts'
import { atOnce } from '#test/support/at-once.ts'
import { browserAt, type Client, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage, sendForm } from '#test/support/forms.ts'
import { openMany } from '#test/support/many-sessions.ts'
import { goodPassword, sessionIn, signIn } from '#test/support/people.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

const pairwise = { subjectType: 'pairwise' } as const
const at = (host: string, path = 'callback') => ({ redirectUris: [`https://${host}/${path}`] })

onBothEngines('pairwise ids of users', (engine) => {
  const server = serverForSuite(engine)

  test('apps on one host see the same id of a user, and apps on another host a different one', async () => {
    const { world, url } = server()
    const apps = [
      await registerApp(world, { ...pairwise, ...at('one.example.com') }),
      await registerApp(world, { ...pairwise, ...at('one.example.com', 'other') }),
      await registerApp(world, { ...pairwise, ...at('two.example.com') }),
      await registerApp(world, at('three.example.com')),
    ]
    const browser = browserAt(url)
    await arrivedOnPage(browser)
    const client = clientAt(url)
    const subjects: string[] = []
    for (const app of apps) {
      const { access_token, id_token, refresh_token } = await tokensFor(browser, client, app)
      const sub = claimsIn(id_token).sub as string
      const info = await client.get('/oauth/userinfo', { bearer: access_token })
      const refreshed = tokensIn(await tokenCall(client, app, { grant_type: 'refresh_token', refresh_token }))
      const seen = await formCall(client, '/oauth/introspect', app, { token: access_token })
      const all = [claimsIn(access_token).sub, claimsIn(refreshed.id_token).sub, JSON.parse(seen.text).sub]
      assert.deepEqual([...all, JSON.parse(info.text).sub], [sub, sub, sub, sub])
      subjects.push(sub)
    }
    const [first, second, third, fourth] = subjects
    assert.equal(first, second)
    assert.equal(new Set([first, third, fourth]).size, 3)
  })

  test('an ID token with a pairwise id is a hint for the user, and signs out', async () => {
    const { world, url } = server()
    const app = await registerApp(world, { ...pairwise, ...at('hint.example.com') })
    const browser = browserAt(url)
    await arrivedOnPage(browser)
    const { id_token: id_token_hint } = await tokensFor(browser, clientAt(url), app)
    const silent = authorizePath(app, newPkce(), { prompt: 'none', id_token_hint })
    assert.ok((await answerToApp(browser, silent, app)).get('code'))
    const stranger = browserAt(url)
    await arrivedOnPage(stranger)
    assert.equal((await answerToApp(stranger, silent, app)).get('error'), 'login_required')
    const left = await browser.get(`/oauth/logout?${new URLSearchParams({ id_token_hint })}`)
    assert.equal(left.headers.location, '/sign-in')
  })
})

/** Two apps of different hosts in one session, with the tokens and claims that each of them gets. */
async function twoApps({ world, url }: { world: World; url: string }) {
  const client = clientAt(url)
  const browser = browserAt(url)
  const email = await arrivedOnPage(browser)
  const first = await registerApp(world, { ...pairwise, ...at('left.example.com') })
  const second = await registerApp(world, { ...pairwise, ...at('right.example.com') })
  const apps = [first, second].map(async (app) => ({ app, tokens: await tokensFor(browser, client, app) }))
  const both = await Promise.all(apps)
  const areActive = () =>
    Promise.all(
      both.map(async ({ app, tokens }) => {
        const seen = await formCall(client, '/oauth/introspect', app, { token: tokens.access_token })
        return JSON.parse(seen.text).active as boolean
      }),
    )
  return { world, client, browser, email, both, areActive }
}

onBothEngines('tokens of apps with pairwise ids', (engine) => {
  const server = serverForSuite(engine)

  test('nothing that names the user or the session is the same in the tokens of two apps', async () => {
    const { both } = await twoApps(server())
    const idsOf = (token: string) => {
      const { iss, aud, client_id, scope, acr, amr, iat, exp, auth_time, ...names } = claimsIn(token)
      return Object.values(names).flat().map(String)
    }
    const [left = [], right = []] = both.map(({ tokens: { access_token, id_token } }) =>
      [access_token, id_token].flatMap(idsOf),
    )
    assert.ok(left.length > 3)
    assert.deepEqual(
      left.filter((one) => right.includes(one)),
      [],
    )
  })

  test('every end of the session ends them at once', async () => {
    const other = async ({ client, email }: { client: Client; email: string }) =>
      sessionIn(await signIn(client, { email, password: goodPassword }))
    type Scene = Awaited<ReturnType<typeof twoApps>>
    const endings: Record<string, (scene: Scene) => Promise<unknown>> = {
      'a sign-out': ({ browser }) => sendForm(browser, '/sign-out'),
      'the end of all other sessions': async (scene) =>
        scene.client.delete('/api/v1/me/sessions', { bearer: (await other(scene)).access_token }),
      logout_all: async (scene) =>
        scene.client.post('/api/v1/auth/logout_all', {}, { bearer: (await other(scene)).access_token }),
      'a newer session that needs its room': async ({ world, email }) => {
        const user = await findByLogin(world.db.query, email)
        assert.ok(user)
        await world.db.query(
          sql`update sessions set rotated_at = 1, created_at = 1 where user_id = ${user.id}`,
        )
        await openMany(world, user.id, maxSessions)
        await world.db.query(sql`update sessions set rotated_at = rotated_at + 1 where user_id = ${user.id}`)
        await signIn(clientAt(server().url), { email, password: goodPassword })
      },
    }
    for (const [what, end] of Object.entries(endings)) {
      const scene = await twoApps(server())
      assert.deepEqual(await scene.areActive(), [true, true], what)
      await end(scene)
      assert.deepEqual(await scene.areActive(), [false, false], what)
    }
  })
})

onBothEngines('sign-outs from apps with pairwise ids', (engine) => {
  const server = serverForSuite(engine)

  test('sessions that end at the same time end their tokens at once', async () => {
    const scenes = await Promise.all([1, 2, 3, 4].map(() => twoApps(server())))
    await Promise.all(scenes.map(({ browser }) => sendForm(browser, '/sign-out')))
    for (const { areActive } of scenes) assert.deepEqual(await areActive(), [false, false])
  })
})

onBothEngines('apps with pairwise ids', (engine) => {
  const server = serverForSuite(engine)

  test('sign-ins to an app during the end of their session leave no accepted token', async () => {
    for (let round = 0; round < 5; round++) {
      const { world, url } = server()
      const client = clientAt(url)
      const browser = browserAt(url)
      await arrivedOnPage(browser)
      const app = await registerApp(world, { ...pairwise, ...at('race.example.com') })
      const signIns = atOnce(6, () => tokensFor(browser, client, app).catch(() => undefined))
      await tokensFor(browser, client, app)
      await sendForm(browser, '/sign-out')
      for (const tokens of await signIns) {
        if (!tokens) continue
        const seen = await formCall(client, '/oauth/introspect', app, { token: tokens.access_token })
        assert.equal(JSON.parse(seen.text).active, false)
      }
    }
  })

  test('native apps and apps with the device flow have pairwise ids as well', async () => {
    const { world, url } = server()
    const client = clientAt(url)
    const browser = browserAt(url)
    await arrivedOnPage(browser)
    const native = await registerApp(world, { ...pairwise, kind: 'native', ...at('native.example.com') })
    const { id_token } = await tokensFor(browser, client, native)
    const web = await registerApp(world, { ...pairwise, usesDeviceFlow: true, ...at('native.example.com') })
    const begun = await formCall(client, '/oauth/device_authorization', web, { scope: 'openid' })
    assert.equal(begun.status, 200, begun.text)
    const { device_code, user_code } = JSON.parse(begun.text)
    await sendForm(browser, '/device', { user_code, decision: 'allow' })
    const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
    const tokens = tokensIn(await tokenCall(client, web, { grant_type, device_code }))
    assert.equal(claimsIn(tokens.id_token).sub, claimsIn(id_token).sub)
  })
})

onBothEngines('the salt of pairwise ids', (engine) => {
  const server = serverForSuite(engine)

  test('twenty concurrent first sign-ins all use the same salt', async () => {
    const { world, url } = server()
    const app = await registerApp(world, { ...pairwise, ...at('many.example.com') })
    const browser = browserAt(url)
    await arrivedOnPage(browser)
    const all = await atOnce(20, () => tokensFor(browser, clientAt(url), app))
    assert.equal(new Set(all.map(({ id_token }) => claimsIn(id_token).sub)).size, 1)
  })

  test('an app with redirect URIs of two hosts, or a machine, has no pairwise ids', async () => {
    const { world } = server()
    const redirectUris = ['https://one.example.com/', 'https://two.example.com/']
    await assert.rejects(registerApp(world, { ...pairwise, redirectUris }), { code: 'invalid_request' })
    await assert.rejects(registerApp(world, { ...pairwise, kind: 'machine' }), { code: 'invalid_request' })
  })

  test('discovery lists both kinds of ids', async () => {
    const { body } = await clientAt(server().url).get('/.well-known/openid-configuration')
    const { subject_types_supported: kinds } = body as unknown as Record<string, string[]>
    assert.deepEqual(kinds, ['public', 'pairwise'])
  })
})
