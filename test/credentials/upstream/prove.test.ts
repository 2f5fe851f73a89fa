import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, verify } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { proveArrival } from '#src/credentials/upstream/prove.ts'
import { arrivalOf } from '#src/credentials/upstream/read-claims.ts'
import { beginVisit } from '#src/credentials/upstream/visit.ts'
import { standardClaims } from '#src/settings/provider-presets.ts'
import type { Provider } from '#src/settings/providers.ts'
import type { World } from '#src/world/world.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

type Call = { readonly url: string; readonly authorization: string; readonly form: Record<string, string> }

/** A server that answers each path with fixed JSON, and records the requests. */
async function answering(answers: Record<string, unknown>) {
  const calls: Call[] = []
  const server = createServer(async (request, response) => {
    const url = request.url ?? ''
    const form = Object.fromEntries(new URLSearchParams(await textOf(request)))
    calls.push({ url, authorization: request.headers.authorization ?? '', form })
    response.writeHead(url in answers ? 200 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answers[url] ?? {}))
  })
  after(() => server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}

type PlainProtocol = Extract<Provider['protocol'], { kind: 'oauth' }>

function plainProvider(
  origin: string,
  more: Partial<Omit<Provider, 'protocol'>> & { protocol?: Partial<PlainProtocol> },
): Provider {
  const protocol = {
    kind: 'oauth',
    issuer: origin,
    authorizationEndpoint: `${origin}/authorize`,
    tokenEndpoint: `${origin}/token`,
    userinfoEndpoint: `${origin}/user`,
    userinfoBy: 'Bearer',
    ...more.protocol,
  } as const
  return {
    name: 'plain',
    title: 'Plain',
    clientId: 'client',
    clientSecret: { kind: 'text', text: 'hush' },
    authMethod: 'client_secret_post',
    scope: 'email',
    emailTrust: 'verified_claim',
    claims: { ...standardClaims, subject: 'id' },
    responseMode: undefined,
    ...more,
    protocol,
  }
}

/** Goes to the provider and returns with a code and these further parameters. */
async function arrive(world: World, provider: Provider, more: Record<string, string> = {}) {
  const visit = { provider, userId: undefined, destination: undefined }
  const { url, browserSecret } = await beginVisit(world, visit)
  const asked = new URL(url).searchParams
  const parameters = new URLSearchParams({ code: 'code', state: asked.get('state') ?? '', ...more })
  const { arrival } = await proveArrival(world, { provider, parameters, browserSecret })
  return { arrival, asked }
}

const token = { access_token: 'token', token_type: 'bearer', id_token: 'of its own making' }

onBothEngines('providers of plain OAuth', (engine) => {
  test('GitHub: only the primary email counts, if it is verified', async () => {
    const others = { email: 'other@example.org', primary: false, verified: true }
    for (const verified of [true, false]) {
      const world = await openTestWorld(engine, { clock: testClock() })
      const emails = [others, { email: 'Main@Example.org', primary: true, verified }]
      const answers = { '/token': token, '/user': { id: 42, login: 'ann', name: 'Ann' }, '/emails': emails }
      const { origin, calls } = await answering(answers)
      const protocol = { emailsEndpoint: `${origin}/emails` }
      const { arrival } = await arrive(world, plainProvider(origin, { protocol }), { iss: origin })
      assert.deepEqual(arrival, {
        provider: 'plain',
        issuer: origin,
        subject: '42',
        label: 'main@example.org',
        verifiedEmail: verified ? 'main@example.org' : undefined,
        fullName: 'Ann',
      })
      assert.deepEqual(
        calls.map(({ url, authorization }) => [url, authorization]),
        [
          ['/token', ''],
          ['/user', 'Bearer token'],
          ['/emails', 'Bearer token'],
        ],
      )
    }
  })

  test('VK: the device id is sent to the token endpoint, and the token in a form', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    const user = { user_id: '7', first_name: 'Ann', email: 'ann@example.org' }
    const { origin, calls } = await answering({ '/token': token, '/user': { user } })
    const repeatedParameters = ['device_id', 'state']
    const protocol = { userinfoBy: 'form', userinfoInside: 'user', repeatedParameters } as const
    const provider = plainProvider(origin, {
      protocol,
      clientSecret: { kind: 'none' },
      claims: { ...standardClaims, subject: 'user_id' },
    })
    const { arrival, asked } = await arrive(world, provider, { device_id: 'device' })
    assert.deepEqual([arrival.subject, arrival.verifiedEmail], ['7', undefined])
    const [exchange, description] = calls
    assert.equal(exchange?.form.device_id, 'device')
    assert.equal(exchange?.form.state, asked.get('state'))
    const challenge = createHash('sha256')
      .update(exchange?.form.code_verifier ?? '')
      .digest('base64url')
    assert.equal(challenge, asked.get('code_challenge'))
    assert.deepEqual(description?.form, { access_token: 'token', client_id: 'client' })
  })
})

onBothEngines('peculiarities of providers', (engine) => {
  test('Yandex: the token is sent with its own scheme', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    const { origin, calls } = await answering({ '/token': token, '/user': { id: 'a' } })
    await arrive(world, plainProvider(origin, { protocol: { userinfoBy: 'OAuth' } }))
    assert.equal(calls.at(-1)?.authorization, 'OAuth token')
  })

  test('Apple: the secret is a JWT signed with the key, valid for five minutes', async () => {
    const clock = testClock()
    const world = await openTestWorld(engine, { clock })
    const { origin, calls } = await answering({ '/token': token, '/user': { id: 'a' } })
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const clientSecret = { kind: 'apple', teamId: 'team', keyId: 'key', privateKey: pem } as const
    await arrive(world, plainProvider(origin, { clientSecret }))
    const [head = '', claims = '', signature = ''] = (calls[0]?.form.client_secret ?? '').split('.')
    const parsed = [head, claims].map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()))
    const iat = Math.floor(clock.now() / 1000)
    assert.deepEqual(parsed, [
      { alg: 'ES256', kid: 'key' },
      { iss: 'team', iat, exp: iat + 300, aud: 'https://appleid.apple.com', sub: 'client' },
    ])
    const isSigned = verify(
      'sha256',
      Buffer.from(`${head}.${claims}`),
      { key: publicKey, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    )
    assert.ok(isSigned)
  })
})

test('claims without a usable subject are rejected', () => {
  const provider = plainProvider('https://a.example', {})
  const subjectOf = (id: unknown) => arrivalOf(provider, { issuer: 'i', values: { id } }).subject
  assert.deepEqual([subjectOf('a'), subjectOf(7)], ['a', '7'])
  for (const id of [undefined, null, '', ' ', {}, 2 ** 53, 1.5, 'a\0', '\ud800', 'x'.repeat(256)])
    assert.throws(() => subjectOf(id), /names no user/)
})

test('an email counts as verified only according to the trust in the provider', () => {
  const emailOf = (
    emailTrust: Provider['emailTrust'],
    email_verified: unknown,
    email: unknown = 'a@b.example',
  ) =>
    arrivalOf(plainProvider('https://a.example', { emailTrust }), {
      issuer: 'i',
      values: { id: 'a', email, email_verified },
    }).verifiedEmail
  for (const yes of [true, 'true']) assert.equal(emailOf('verified_claim', yes), 'a@b.example')
  for (const no of [false, 'false', 1, 'yes', undefined])
    assert.equal(emailOf('verified_claim', no), undefined)
  assert.equal(emailOf('always', false), 'a@b.example')
  assert.equal(emailOf('never', true), undefined)
  for (const email of [null, 7, 'not an email', 'a@b.example, c@d.example'])
    assert.equal(emailOf('always', true, email), undefined)
})
