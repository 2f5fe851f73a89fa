import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { before, test } from 'node:test'
import fc from 'fast-check'
import { byCli } from '#src/audit/by.ts'
import { addVerifier } from '#src/revocations/verifier-keys.ts'
import { type Client, clientAt, type Reply, type Sent } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { fuzzedCalls, type Loot, rawBodies } from '#test/support/fuzzed-calls.ts'
import { type Described, type Document, documentIn, undocumentedIn } from '#test/support/openapi-document.ts'
import { goodPassword, personWithRoles, signedIn } from '#test/support/people.ts'
import { rawMessages } from '#test/support/raw-messages.ts'
import { rawExchange } from '#test/support/raw-socket.ts'
import type { TestServer } from '#test/support/server.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

/** The seed is printed; with SIGIL_TEST_SEED set to it the same calls are made again. */
const seed = Number(process.env.SIGIL_TEST_SEED ?? randomInt(2 ** 31))
const runsPerCall = 12
/** With SIGIL_TEST_RUNS set, that many cases for each call, and as many times more of everything else. */
const longer = Number(process.env.SIGIL_TEST_RUNS ?? runsPerCall) / runsPerCall

function cases(runs: number) {
  return { seed, numRuns: Math.ceil(runs * longer), endOnFailure: true }
}

/** Users that generated calls may delete, log out and disable: calls that make changes get new ones. */
async function gathered({ url, world }: TestServer, verifierKey: string): Promise<Loot> {
  const client = clientAt(url)
  const [admin, user] = [
    await personWithRoles(world, ['default_user', 'admin']),
    await personWithRoles(world, ['default_user']),
  ]
  const [asAdmin, asUser] = [await signedIn(client, admin), await signedIn(client, user)]
  const bearer = asAdmin.access_token
  const list = await client.get('/api/v1/users?limit=1', { bearer })
  const words = [
    ...[user.id, user.email, asUser.session_id, asUser.access_token, asUser.refresh_token],
    ...[admin.id, goodPassword, 'guest', 'admin', list.body.next_cursor ?? '', 'MS54'],
  ]
  const cookie = `access_token=${asUser.access_token}; refresh_token=${asUser.refresh_token}`
  const proofs: Sent[] = [
    ...[{ bearer }, { bearer }, { bearer: asUser.access_token }, { headers: { cookie } }],
    ...[{ bearer: verifierKey }, { bearer: verifierKey }, {}, { bearer: 'x.y.z' }],
  ]
  return { words, proofs }
}

const changes = ({ method }: Described) => !['GET', 'HEAD', 'OPTIONS'].includes(method)

/**
 * Calls that only read come first. A verifier that polled once and then stopped delays all logouts until its
 * lease ends, so that call comes last.
 */
function inGoodOrder(calls: readonly Described[]): Described[] {
  const placeOf = (call: Described) => (call.id === 'post_revocations_poll' ? 2 : Number(changes(call)))
  return calls.toSorted((one, other) => placeOf(one) - placeOf(other))
}

function assertDocumented(document: Document, call: Described, reply: Reply): void {
  assert.ok(reply.status < 500 || reply.status === 503, `${call.id}: ${reply.status} ${reply.text}`)
  assert.deepEqual(undocumentedIn(document, call, reply), [])
}

/** The server still works. */
async function assertWell(client: Client): Promise<void> {
  const reply = await client.get('/readyz')
  assert.equal(reply.status, 200, reply.text)
}

onBothEngines('generated calls', (engine) => {
  const server = serverForSuite(engine)
  let document: Document
  let verifierKey = ''
  before(async () => {
    const { url, world } = server()
    document = documentIn((await clientAt(url).get('/openapi.json')).text)
    verifierKey = (await addVerifier(world, { name: 'made up', by: byCli }))?.key ?? ''
  })

  test('generated calls get answers that the OpenAPI document describes', async (t) => {
    t.diagnostic(`SIGIL_TEST_SEED=${seed}`)
    const client = clientAt(server().url)
    const statuses = new Set<number>()
    let loot = await gathered(server(), verifierKey)
    for (const call of inGoodOrder(document.calls)) {
      if (changes(call)) loot = await gathered(server(), verifierKey)
      const property = fc.asyncProperty(fuzzedCalls(document, call, loot), async ({ path, sent }) => {
        const reply = await client.send(call.method, path, sent)
        statuses.add(reply.status)
        assertDocumented(document, call, reply)
      })
      await fc.assert(property, cases(runsPerCall))
    }
    for (const status of [200, 204, 400, 401, 403, 404]) assert.ok(statuses.has(status), `no ${status}`)
    await assertWell(client)
  })

  test('generated bodies get answers that the OpenAPI document describes', async (t) => {
    t.diagnostic(`SIGIL_TEST_SEED=${seed}`)
    const client = clientAt(server().url)
    const withBody = document.calls.filter(({ body }) => body !== undefined)
    const { proofs } = await gathered(server(), verifierKey)
    const property = fc.asyncProperty(
      fc.constantFrom(...withBody),
      rawBodies,
      fc.constantFrom(...proofs),
      fc.boolean(),
      async (call, raw, proof, chunked) => {
        // Explicit, because the client omits it for a chunked DELETE.
        const pieces = chunked ? { 'transfer-encoding': 'chunked' } : {}
        const headers = { 'content-type': call.body?.type, ...pieces, ...proof.headers }
        const path = call.path.replaceAll(/\{\w+\}/g, 'none')
        const reply = await client.send(call.method, path, { ...proof, raw, chunked, headers })
        assertDocumented(document, call, reply)
      },
    )
    await fc.assert(property, cases(200))
    await assertWell(client)
  })
})

onBothEngines('generated messages', (engine) => {
  const server = serverForSuite(engine)

  test('generated messages that are hardly HTTP cause no 5xx', async (t) => {
    t.diagnostic(`SIGIL_TEST_SEED=${seed}`)
    const { url } = server()
    const statuses = new Set<string>()
    const property = fc.asyncProperty(rawMessages, async (bytes) => {
      const answer = await rawExchange(url, bytes)
      assert.doesNotMatch(answer, /^HTTP\/1\.1 5/m)
      statuses.add(answer.slice(9, 12))
    })
    // A 200 is rare by chance, so the first message is a valid request.
    const wellFormed = Buffer.from('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    const examples: [Buffer][] = [[wellFormed]]
    await fc.assert(property, { ...cases(400), examples })
    // The messages got past the parser.
    for (const status of ['200', '400', '401', '404', '405']) assert.ok(statuses.has(status), status)
    await assertWell(clientAt(url))
  })
})
