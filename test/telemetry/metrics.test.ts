import assert from 'node:assert/strict'
import { test } from 'node:test'
import { disable } from '#src/accounts/disable.ts'
import { revokeKey } from '#src/administration/revoke-key.ts'
import { byCli } from '#src/audit/by.ts'
import { routes } from '#src/routes.ts'
import type { EndReason } from '#src/sessions/session.ts'
import { metricNames, metricRow } from '#src/telemetry/metrics-table.ts'
import { factorTraits } from '#src/users/factor.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import {
  arrived,
  goodPassword,
  logOut,
  logOutEverywhere,
  newEmail,
  personWithRoles,
  refresh,
  refreshed,
  signedIn,
  signIn,
} from '#test/support/people.ts'
import { type Numbers, numbersAt, numbersIn } from '#test/support/prometheus.ts'
import { startServer } from '#test/support/server.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

/** The increase of each series while `act` ran. */
async function grownBy(url: string, act: () => Promise<unknown>): Promise<Numbers['of']> {
  const before = await numbersAt(url)
  await act()
  const after = await numbersAt(url)
  return (name, labels) => after.of(name, labels) - before.of(name, labels)
}

test('the parser of the tests rejects malformed metrics', () => {
  const head = '# HELP a b\n# TYPE a counter\n'
  numbersIn(`${head}a{x="y\\"z",u="v"} 1\n`)
  const wrong = ['a 1', `${head}a 1`, `${head}b 1\n`, `${head}a one\n`, `${head}a 1\na 2\n`, `${head}a -1\n`]
  const unfit = [`${head}a{x=y} 1\n`, `${head}a{x="y} 1\n`, `# TYPE a counter\na 1\n`, `${head}${head}a 1\n`]
  const shrinking = '# HELP h b\n# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\n'
  for (const text of [...wrong, ...unfit, `${shrinking}h_sum 1\nh_count 1\n`]) {
    assert.throws(() => numbersIn(text), text)
  }
})

test('the end reasons in the metrics match those of sessions', () => {
  const reasons = {
    logout: true,
    logout_all: true,
    revoked: true,
    refresh_token_reused: true,
    password_changed: true,
    email_changed: true,
    disabled: true,
    deleted: true,
    crowded_out: true,
    page_session_reused: true,
    evicted: true,
  } satisfies Record<EndReason, true>
  assert.deepEqual(metricRow('sigil_sessions_ended_total').labels.reason, Object.keys(reasons))
})

test('the methods in the metrics match the kinds of factors', () => {
  const { method } = metricRow('sigil_sessions_opened_total').labels
  assert.deepEqual(method, Object.keys(factorTraits))
})

onBothEngines('the metrics of a server', (engine) => {
  const server = serverForSuite(engine)

  test('the server has exactly the metrics, labels and values of the table', async () => {
    await arrived(clientAt(server().url))
    const { families } = await numbersAt(server().url)
    assert.deepEqual([...families.keys()].toSorted(), metricNames.toSorted())
    for (const name of metricNames) {
      const { kind, help, labels } = metricRow(name)
      const family = families.get(name)
      assert.deepEqual([family?.kind, family?.help], [kind, help])
      for (const sample of family?.samples ?? []) {
        const { le: _, ...own } = sample.labels
        if (Object.keys(own).length > 0) assert.deepEqual(Object.keys(own).sort(), Object.keys(labels).sort())
        for (const [label, value] of Object.entries(own)) {
          const known = labels[label] ?? assert.fail(`${name} ${label}`)
          assert.ok(typeof known === 'string' || known.includes(value), `${name} ${label}=${value}`)
        }
      }
    }
  })

  test('metrics contain the route of a request, and nothing that its client chose', async () => {
    const { url } = server()
    const client = clientAt(url)
    const { person, session } = await arrived(client)
    const canary = 'canary-5d20'
    const grown = await grownBy(url, async () => {
      await client.get(`/api/v1/users/${canary}`, { bearer: session.access_token })
      await client.get(`/assets/${canary}`)
      await client.get(`/${canary}`)
      await client.put('/api/v1/me', {})
      await client.get('/api/v1/me', { bearer: session.access_token })
      await client.get(`/api/v1/auth/verify?${canary}`, { bearer: session.access_token })
      for (const _ of [1, 2]) await client.get('/api/v1/auth/verify', { bearer: session.access_token })
    })
    const calls = (method: string, route: string, status: string) =>
      grown('sigil_http_seconds_count', { method, route, status })
    assert.equal(calls('GET', '/api/v1/users/:id', '4xx'), 1)
    assert.equal(calls('GET', '/assets/:file', '4xx'), 1)
    assert.equal(calls('none', 'none', '4xx'), 2)
    assert.equal(calls('GET', '/api/v1/me', '2xx'), 1)
    assert.equal(grown('sigil_verify_from_memory_total'), 2)
    const { text, families } = await numbersAt(url)
    for (const value of [canary, person.id, person.email, '127.0.0.1']) assert.ok(!text.includes(value))
    const known = new Set(['none', ...routes.map(({ path }) => path)])
    for (const { labels } of families.get('sigil_http_seconds')?.samples ?? []) {
      assert.ok(known.has(labels.route ?? ''), labels.route)
    }
  })
})

onBothEngines('the metrics of sign-ins and sessions', (engine) => {
  const server = serverForSuite(engine)

  test('sign-ins are counted by outcome, unknown logins as wrong credentials', async () => {
    const { url, world } = server()
    const client = clientAt(url)
    const { person } = await arrived(client)
    const gone = await personWithRoles(world, ['default_user'])
    await (await disable(world, { userId: gone.id, by: byCli })).propagated
    const attempts = [
      { login: person.email, password: goodPassword },
      { login: person.email, password: 'not this one' },
      { login: newEmail(), password: goodPassword },
      { login: gone.email, password: 'not this one' },
      { login: gone.email, password: goodPassword },
    ]
    const grown = await grownBy(url, async () => {
      for (const attempt of attempts) await signIn(client, attempt)
    })
    const signIns = (outcome: string, reason: string) => grown('sigil_sign_ins_total', { outcome, reason })
    assert.equal(signIns('signed_in', 'none'), 1)
    assert.equal(signIns('refused', 'wrong_credentials'), 3)
    assert.equal(signIns('refused', 'disabled'), 1)
    assert.equal(grown('sigil_hash_seconds_count'), 5)
    assert.equal(grown('sigil_sessions_opened_total', { method: 'password' }), 1)
  })

  test('refresh tokens are counted by outcome', async () => {
    const { url } = server()
    const client = clientAt(url)
    const { session } = await arrived(client)
    const first = session.refresh_token
    const grown = await grownBy(url, async () => {
      const second = (await refreshed(client, first)).refresh_token
      assert.equal((await refresh(client, first)).status, 200)
      await refresh(client, second)
      for (const code of ['refresh_token_reused', 'refresh_token_reused']) {
        assert.equal((await refresh(client, first)).body.code, code)
      }
      await refresh(client, 'sgr_x.1.y')
    })
    const expected = { rotated: 2, repeated: 1, reused: 1, ended: 1, invalid: 1, expired: 0 }
    for (const [outcome, count] of Object.entries(expected)) {
      assert.equal(grown('sigil_refreshes_total', { outcome }), count, outcome)
    }
    assert.equal(grown('sigil_sessions_ended_total', { reason: 'refresh_token_reused' }), 1)
    assert.equal(grown('sigil_revocations_total', { kind: 'session' }), 1)
  })
})

onBothEngines('the metrics of ended sessions', (engine) => {
  const server = serverForSuite(engine)

  test('ended sessions and revocations are counted once each', async () => {
    const { url } = server()
    const client = clientAt(url)
    const { person, session } = await arrived(client)
    const [second, third] = [await signedIn(client, person), await signedIn(client, person)]
    const bearer = third.access_token
    const grown = await grownBy(url, async () => {
      for (const _ of [1, 2]) await logOut(client, session.access_token)
      const change = { current: goodPassword, new: 'another plum tarot window' }
      const changed = await client.put('/api/v1/me/password', change, { bearer })
      await logOutEverywhere(client, changed.body.access_token)
      const last = await signedIn(client, { ...person, password: change.new })
      await client.delete('/api/v1/me', { json: {}, bearer: last.access_token })
    })
    assert.ok(second)
    const ended = (reason: string) => grown('sigil_sessions_ended_total', { reason })
    const reasons = ['logout', 'password_changed', 'logout_all', 'deleted']
    assert.deepEqual(reasons.map(ended), [1, 1, 1, 1])
    const revoked = (kind: string) => grown('sigil_revocations_total', { kind })
    assert.deepEqual([revoked('session'), revoked('signature'), revoked('signing_key')], [1, 3, 0])
    assert.equal(grown('sigil_revocation_wait_seconds_count'), 4)
    assert.deepEqual([grown('sigil_revocation_dead_keys'), grown('sigil_revocation_log_head')], [4, 4])
    assert.equal(grown('sigil_revocation_outwaited_total'), 0)
  })
})

onBothEngines('the metrics of keys', (engine) => {
  const server = serverForSuite(engine)

  test('revoked keys are counted by purpose', async () => {
    const { url, world } = server()
    for (const [kind, other, key] of [
      ['signing_key', 'mac_key', world.keys.signingKey()],
      ['mac_key', 'signing_key', world.keys.macKey()],
    ] as const) {
      const grown = await grownBy(url, async () => {
        for (const _ of [1, 2]) await (await revokeKey(world, { id: key.id, by: byCli })).propagated
      })
      const revoked = (kind: string) => grown('sigil_revocations_total', { kind })
      assert.deepEqual([revoked(kind), revoked(other)], [1, 0])
    }
  })
})

onBothEngines('two servers in one process', (engine) => {
  test('two servers in one process do not share counts', async () => {
    const [one, other] = [await startServer(engine), await startServer(engine)]
    await arrived(clientAt(one.url))
    const opened = async (url: string) =>
      (await numbersAt(url)).of('sigil_sessions_opened_total', { method: 'password' })
    assert.deepEqual([await opened(one.url), await opened(other.url)], [1, 0])
  })
})
