import { type Api, apiOf, password, signedUp } from '#bench/api.ts'
import { type Measured, measure, perSecond, rate } from '#bench/measure.ts'
import { pipelined } from '#bench/pipeline.ts'
import { type Running, run, runCommand, runSigil, type Sigil } from '#bench/processes.ts'
import type { Row } from '#bench/row.ts'
import { answerToApp, authorizePath, newPkce, type TestApp } from '#test/support/app-sign-in.ts'
import { browserAt, type Client } from '#test/support/client.ts'
import { sendForm } from '#test/support/forms.ts'

const callers = 8
const callback = 'https://app.example.com/callback'
const forMs = 700
const codesPerRound = 48

/** The endpoints of the OpenID provider on SQLite, over HTTP, each compared with a bare server. */
export async function oauthRows(rounds: number): Promise<Row[]> {
  const sigil = await runSigil()
  const api = apiOf(sigil.url)
  const app = appIn(sigil, 'web', ['--redirect', callback, '--id-token-alg', 'ES256'])
  runCommand(sigil, ['api', 'add', 'notes', '--audience', 'https://notes.example.com'])
  const machine = appIn(sigil, 'machine', ['--api', 'notes'])
  const browser = await signedInBrowser(sigil, api)
  const stage = { sigil, api, app, machine, browser, rounds }
  const rows = [
    await codeRow(stage),
    await refreshRow(stage),
    ...(await readRows(stage, await tokensIn(stage))),
  ]
  api.close()
  await sigil.stop()
  return rows
}

type Stage = {
  readonly sigil: Sigil
  readonly api: Api
  readonly app: TestApp
  readonly machine: TestApp
  readonly browser: Client
  readonly rounds: number
}

type Tokens = Readonly<Record<'access_token' | 'refresh_token' | 'id_token', string>>

function appIn(sigil: Sigil, kind: string, flags: readonly string[]): TestApp {
  const printed = runCommand(sigil, ['app', 'add', kind, '--kind', kind, ...flags, '--json'])
  const { client_id, client_secret } = JSON.parse(printed) as Record<string, string>
  return { id: client_id ?? '', secret: client_secret, redirectUri: callback }
}

async function signedInBrowser({ url }: Sigil, api: Api): Promise<Client> {
  const login = 'bench@example.org'
  await signedUp(api, login)
  const browser = browserAt(url)
  const { status } = await sendForm(browser, '/sign-in', { login, password, next: '' })
  if (status !== 303) throw new Error(`The sign-in answered ${status}`)
  return browser
}

function basic({ id, secret }: TestApp): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
}

type Code = { readonly code: string; readonly verifier: string }

async function newCode({ browser, app }: Stage): Promise<Code> {
  const { challenge, verifier } = newPkce()
  const answer = await answerToApp(browser, authorizePath(app, { challenge, verifier }), app)
  return { code: answer.get('code') ?? '', verifier }
}

async function codesOf(stage: Stage, count: number): Promise<Code[]> {
  const codes: Code[] = []
  while (codes.length < count) codes.push(await newCode(stage))
  return codes
}

async function tokenCall(api: Api, app: TestApp, fields: Record<string, string>): Promise<Tokens> {
  const { status, body } = await api.form('/oauth/token', fields, basic(app))
  if (status !== 200) throw new Error(`The token endpoint answered ${status}: ${JSON.stringify(body)}`)
  return body as Tokens
}

function exchange(api: Api, app: TestApp, { code, verifier }: Code): Promise<Tokens> {
  const grant = { grant_type: 'authorization_code', redirect_uri: callback }
  return tokenCall(api, app, { ...grant, code, code_verifier: verifier })
}

async function tokensIn(stage: Stage): Promise<Tokens> {
  return exchange(stage.api, stage.app, await newCode(stage))
}

type Work = { readonly stores: boolean; readonly reads: 'client' | 'user' }

/** A bare server that returns this answer, with a signature for each token in it. */
async function beside<T>(
  answer: object,
  work: Work,
  act: (api: Api, bare: Running) => Promise<T>,
): Promise<{ result: T; signatures: number }> {
  const signatures = Object.values(answer).filter((value) =>
    /^eyJ[^.]*\.[^.]*\.[^.]+$/.test(String(value)),
  ).length
  const bare = await run('./bare-oauth.ts', [
    JSON.stringify({ body: JSON.stringify(answer), signatures, ...work }),
  ])
  const api = apiOf(bare.url)
  const result = await act(api, bare)
  api.close()
  await bare.stop()
  return { result, signatures }
}

/** A call that stores something for a client. */
const grants: Work = { stores: true, reads: 'client' }

async function codeRow(stage: Stage): Promise<Row> {
  const { api, app, rounds } = stage
  const { result, signatures } = await beside(await tokensIn(stage), grants, async (bareApi) => {
    const limit = async () => {
      const codes = Array.from({ length: codesPerRound }, () => ({
        code: 'x'.repeat(43),
        verifier: 'x'.repeat(43),
      }))
      return perSecond(codes, callers, (code) => exchange(bareApi, app, code))
    }
    const ours = async () =>
      perSecond(await codesOf(stage, codesPerRound), callers, (code) => exchange(api, app, code))
    return measure({ rounds, limit, ours })
  })
  return rowOf('code exchange', result, signatures, grants)
}

async function refreshRow(stage: Stage): Promise<Row> {
  const { api, app, rounds } = stage
  const held: Tokens[] = []
  while (held.length < callers) held.push(await tokensIn(stage))
  const first = await refreshed(api, app, held[0]?.refresh_token ?? '')
  held[0] = first
  const { result, signatures } = await beside(first, grants, (bareApi) =>
    measure({
      rounds,
      limit: () =>
        rate(forMs, callers, async () => void (await refreshed(bareApi, app, first.refresh_token))),
      ours: () =>
        rate(forMs, callers, async (caller) => {
          held[caller] = await refreshed(api, app, held[caller]?.refresh_token ?? '')
        }),
    }),
  )
  return rowOf('refresh grant', result, signatures, grants)
}

function refreshed(api: Api, app: TestApp, token: string): Promise<Tokens> {
  return tokenCall(api, app, { grant_type: 'refresh_token', refresh_token: token })
}

/** Calls that store nothing, so that the same one can be repeated. */
async function readRows(stage: Stage, { access_token }: Tokens): Promise<Row[]> {
  const { app, machine, sigil, rounds } = stage
  const form = (path: string, of: TestApp, fields: Record<string, string>) => {
    const body = new URLSearchParams(fields).toString()
    return requestOf(`POST ${path}`, sigil, basic(of), body)
  }
  const calls = {
    'client credentials': form('/oauth/token', machine, { grant_type: 'client_credentials' }),
    userinfo: requestOf('GET /oauth/userinfo', sigil, `Bearer ${access_token}`, undefined),
    introspection: form('/oauth/introspect', app, { token: access_token }),
  }
  const rows: Row[] = []
  for (const [name, { text, answer }] of Object.entries(calls)) {
    const way = { connections: 8, depth: 4, status: 200 }
    const work: Work = { stores: false, reads: name === 'userinfo' ? 'user' : 'client' }
    const { result, signatures } = await beside(await answer(), work, (_, bare) =>
      measure({
        rounds,
        limit: () => pipelined(bare.url, text, forMs, way),
        ours: () => pipelined(sigil.url, text, forMs, way),
      }),
    )
    rows.push(rowOf(name, result, signatures, work))
  }
  return rows
}

/** A request as text, and the answer to it. */
function requestOf(line: string, { url }: Sigil, authorization: string, body: string | undefined) {
  const type = 'application/x-www-form-urlencoded'
  const more = body === undefined ? [] : [`Content-Type: ${type}`, `Content-Length: ${body.length}`]
  const head = [`${line} HTTP/1.1`, `Host: ${new URL(url).host}`, `Authorization: ${authorization}`, ...more]
  const [method = '', path] = line.split(' ')
  const answer = async () => {
    const headers = { authorization, ...(body === undefined ? {} : { 'content-type': type }) }
    const reply = await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) })
    if (reply.status !== 200) throw new Error(`${line} answered ${reply.status}: ${await reply.text()}`)
    return (await reply.json()) as object
  }
  return { text: `${head.join('\r\n')}\r\n\r\n${body ?? ''}`, answer }
}

function rowOf(name: string, measured: Measured, signatures: number, { stores, reads }: Work): Row {
  const signed = ['no signature', 'one ES256 signature', 'two ES256 signatures'][signatures]
  const read = reads === 'client' ? 'the client read and its secret hashed' : 'the user read'
  const work = [read, ...(stores ? ['one durable row'] : []), signed].join(', ')
  return {
    name: `OpenID provider, ${name}`,
    beside: `a bare node:http server with the same response: ${work}`,
    unit: '/s',
    measured,
    promised: undefined,
  }
}
