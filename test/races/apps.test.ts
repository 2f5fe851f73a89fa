import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeRegistrationToken } from '#src/apps/register-app.ts'
import { byCli } from '#src/audit/by.ts'
import { recordIdOf } from '#src/oidc/adapter.ts'
import { sql } from '#src/store/sql.ts'
import { onEveryStage, type Stage } from '#test/races/stage.ts'
import {
  answerToApp,
  authorizePath,
  exchange,
  formCall,
  locationOf,
  newPkce,
  registerApp,
  type TestApp,
  tokenCall,
  tokensIn,
} from '#test/support/app-sign-in.ts'
import { atOnce, tally } from '#test/support/at-once.ts'
import { browserAt, type Client, type Reply } from '#test/support/client.ts'
import { arrivedOnPage } from '#test/support/forms.ts'
import { rowsIn } from '#test/support/stored-rows.ts'

type Visit = { readonly stage: Stage; readonly browser: Client }

onEveryStage('apps', (setUp) => {
  test('of twenty uses at once, each code, token, consent and device counts once', async () => {
    const stage = await setUp()
    const browser = browserAt(stage.world.settings.publicUrl)
    await arrivedOnPage(browser)
    const app = await registerApp(stage.world)
    const visit = { stage, browser }
    await refreshes(visit, app)
    await exchanges(visit, app)
    await consents(visit)
    await devices(visit)
    await registrations(visit)
  })
})

async function newCode({ browser }: Visit, app: TestApp): Promise<Record<string, string>> {
  const pkce = newPkce()
  const answer = await answerToApp(browser, authorizePath(app, pkce), app)
  return { code: answer.get('code') ?? '', code_verifier: pkce.verifier }
}

async function exchanges(visit: Visit, app: TestApp): Promise<void> {
  const code = await newCode(visit, app)
  const grantsBefore = await endedGrants(visit, app)
  const replies = await atOnce(20, (index) => exchange(visit.stage.nodeFor(index), app, code))
  // A second exchange that ends the grant before the tokens are issued leaves none for the first either.
  const { '200': won = 0, '400': rejected, ...others } = tally(replies)
  assert.ok(won <= 1 && won + (rejected ?? 0) === 20, JSON.stringify(tally(replies)))
  assert.deepEqual(others, {})
  assert.equal((await endedGrants(visit, app)) - grantsBefore, 1, 'exchanges of a code')
}

/** How many grants of the app were opened and then ended because their code was used again. */
async function endedGrants({ stage }: Visit, app: TestApp): Promise<number> {
  const grants = await rowsIn(stage.world.db.query, 'grants', { column: 'client_id', is: app.id })
  return grants.filter((grant) => grant.ended_reason === 'code_reused').length
}

async function refreshes(visit: Visit, app: TestApp): Promise<void> {
  const { stage } = visit
  const reply = await exchange(stage.nodeFor(0), app, await newCode(visit, app))
  const { refresh_token } = tokensIn(reply)
  const refresh = (index: number) =>
    tokenCall(stage.nodeFor(index), app, { grant_type: 'refresh_token', refresh_token })
  const replies = await atOnce(20, refresh)
  assert.deepEqual(tally(replies), { '200': 20 }, 'refreshes')
  assert.equal(new Set(replies.map((one) => tokensIn(one).refresh_token)).size, 1)
}

/** A form of a page, sent to any node with the cookies of the browser. */
function send({ stage, browser }: Visit, index: number, path: string, form: Record<string, string>) {
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    cookie: browser.jar.headerFor(path),
  }
  return stage.nodeFor(index).send('POST', path, { raw: new URLSearchParams(form).toString(), headers })
}

async function consents(visit: Visit): Promise<void> {
  const { stage, browser } = visit
  const app = await registerApp(stage.world, { isFirstParty: false })
  const page = locationOf(await browser.get(authorizePath(app, newPkce(), { scope: 'openid email' })))
  const replies = await atOnce(20, (index) => send(visit, index, page, { decision: 'allow' }))
  assert.ok(
    replies.every(({ status }) => status === 303 || status === 404),
    JSON.stringify(tally(replies)),
  )
  const stored = await stage.world.db.query(sql`select scopes from consents where client_id = ${app.id}`)
  assert.deepEqual(stored, [{ scopes: '{"":["openid","email"]}' }])
}

async function devices(visit: Visit): Promise<void> {
  const { stage } = visit
  const app = await registerApp(stage.world, { kind: 'native', redirectUris: [] })
  const path = '/oauth/device_authorization'
  const begun = await formCall(stage.nodeFor(0), path, app, { scope: 'openid' })
  const { user_code, device_code } = JSON.parse(begun.text)
  const decided = await atOnce(20, (index) => send(visit, index, '/device', { user_code, decision: 'allow' }))
  assert.equal(decided.filter(isAllowed).length, 1, 'decisions about a device')
  const id = recordIdOf('DeviceCode', device_code)
  await stage.world.db.query(sql`update device_codes set poll_interval_ms = 0 where id = ${id}`)
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
  const polls = await atOnce(20, (index) => tokenCall(stage.nodeFor(index), app, { grant_type, device_code }))
  assert.deepEqual(tally(polls), { '200': 1, '400': 19 }, 'polls of a device')
}

function isAllowed({ status, headers }: Reply): boolean {
  return status === 303 && headers.location === '/device?outcome=allowed'
}

async function registrations({ stage }: Visit): Promise<void> {
  const wanted = { uses: 3, lifetimeMs: 60_000, by: byCli }
  const { token: bearer } = await makeRegistrationToken(stage.world, wanted)
  const metadata = {
    redirect_uris: ['https://agent.example.com/callback'],
    token_endpoint_auth_method: 'none',
  }
  const register = (index: number) => stage.nodeFor(index).post('/oauth/register', metadata, { bearer })
  assert.deepEqual(tally(await atOnce(20, register)), { '201': 3, '401': 17 }, 'registrations')
}
