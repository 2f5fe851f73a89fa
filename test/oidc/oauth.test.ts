import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { byCli } from '#src/audit/by.ts'
import { listAudit } from '#src/audit/list-audit.ts'
import { errorCodes } from '#src/errors/error-codes.ts'
import { readCursor } from '#src/http/cursor.ts'
import { addVerifier, removeVerifier } from '#src/revocations/verifier-keys.ts'
import { clientAt, type Reply } from '#test/support/client.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { arrived, isAccepted, logOut, refresh } from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

const form = 'application/x-www-form-urlencoded'

onBothEngines('introspection', (engine) => {
  const { server, key, introspected, ask } = oauthServer(engine)

  test('introspection returns the claims of an access token until it is revoked', async () => {
    const client = clientAt(server().url)
    const { person, session } = await arrived(client, { username: `ann-${engine.dialect}` })
    const issuer = server().world.settings.publicUrl
    const [, payload = ''] = session.access_token.split('.')
    const { iat, exp, jti } = JSON.parse(Buffer.from(payload, 'base64url').toString())
    const said = {
      active: true,
      token_type: 'Bearer',
      ...{ iss: issuer, aud: issuer, client_id: issuer, iat, exp, jti },
      sub: person.id,
      sid: session.session_id,
      roles: ['default_user'],
      username: `ann-${engine.dialect}`,
    }
    assert.deepEqual(await introspected(session.access_token), said)
    const hinted = await ask('introspect', {
      token: session.access_token,
      token_type_hint: 'refresh_token',
      client_id: 'x',
    })
    assert.deepEqual(hinted.body, said)
    await logOut(client, session.access_token)
    assert.deepEqual(await introspected(session.access_token), { active: false })
    assert.deepEqual(await introspected(session.refresh_token), { active: false })
  })

  test('introspection reports refresh tokens as inactive and does not use them up', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    const token = session.refresh_token
    assert.deepEqual(await introspected(token), { active: false })
    for (const token_type_hint of ['refresh_token', 'access_token', 'x', '']) {
      assert.deepEqual((await ask('introspect', { token, token_type_hint })).body, { active: false })
    }
    const { body: fresh, status } = await refresh(client, token)
    assert.equal(status, 200)
    assert.deepEqual(await introspected(fresh.refresh_token), { active: false })
    const { active } = (await introspected(fresh.access_token)) as { active: boolean }
    assert.equal(active, true)
  })

  test('introspection reports everything else as inactive in the same way', async () => {
    const { session } = await arrived(clientAt(server().url))
    const tokens = ['x', 'a.b.c', '\0', 'é', `${session.access_token}x`, `${session.refresh_token}x`, key()]
    for (const token of [...tokens, 'x'.repeat(60_000)]) {
      assert.deepEqual(await introspected(token), { active: false }, token.slice(0, 50))
    }
  })
})

onBothEngines('revocation of a token', (engine) => {
  const { server, ask } = oauthServer(engine)

  test('revoking either token ends only its session, before the response', async () => {
    const client = clientAt(server().url)
    for (const kind of ['access_token', 'refresh_token'] as const) {
      const { session } = await arrived(client)
      const other = await arrived(client)
      const reply = await ask('revoke', { token: session[kind], token_type_hint: kind })
      assert.deepEqual([reply.status, reply.text, reply.headers['cache-control']], [200, '', 'no-store'])
      assert.equal(await isAccepted(client, session.access_token), false)
      assertRefused(await refresh(client, session.refresh_token), 'refresh_token_revoked')
      assert.equal(await isAccepted(client, other.session.access_token), true)
      assert.equal((await ask('revoke', { token: session[kind] })).status, 200)
    }
  })

  test('a revocation is recorded with the resource server as its actor, not the user', async () => {
    const { session } = await arrived(clientAt(server().url))
    await ask('revoke', { token: session.access_token })
    const filters = { event: 'session.ended', actorId: undefined, targetId: session.session_id }
    const page = { place: readCursor(undefined), limit: 10, filters }
    const actors = (await listAudit(server().world, page)).map(({ actor }) => actor)
    assert.deepEqual(actors, [{ kind: 'verifier', id: 'the api' }])
  })

  test('revoking an unknown token returns 200', async () => {
    for (const token of ['x', 'a.b.c', '\0']) {
      const reply = await ask('revoke', { token })
      assert.deepEqual([reply.status, reply.text], [200, ''])
    }
  })
})

onBothEngines('authentication at the OAuth endpoints', (engine) => {
  const { server, key, ask } = oauthServer(engine)

  test('only a verifier key as Bearer, or as Basic with its name, is accepted', async () => {
    const { session } = await arrived(clientAt(server().url))
    const basic = (name: string, half: string) => `Basic ${btoa(`${name}:${half}`)}`
    const [bearer, secret] = [`Bearer ${key()}`, key()]
    for (const authorization of [bearer, basic('the%20api', secret), basic('the+api', secret)]) {
      assert.equal((await ask('introspect', { token: 'x' }, { authorization })).status, 200, authorization)
    }
    const strangers = [
      '',
      'Bearer',
      'Basic',
      'Basic !',
      `Basic ${btoa(secret)}`,
      basic('other', secret),
      basic('the api', ''),
      basic('', secret),
      basic('the%zz', secret),
      basic(secret, 'the api'),
      `${bearer}x`,
      `Bearer ${session.access_token}`,
      `Digest ${secret}`,
    ]
    for (const path of ['introspect', 'revoke']) {
      for (const authorization of strangers) {
        const reply = await ask(path, { token: session.access_token }, { authorization })
        assertOAuthError(reply, 401, 'invalid_client')
        assert.equal(reply.headers['www-authenticate'], 'Basic realm="sigil", Bearer realm="sigil"')
      }
      const inForm = { token: session.access_token, client_id: 'the api', client_secret: secret }
      assertOAuthError(await ask(path, inForm, { authorization: '' }), 401, 'invalid_client')
    }
    assert.equal(await isAccepted(clientAt(server().url), session.access_token), true)
  })
})

onBothEngines('callers without credentials', (engine) => {
  const { ask } = oauthServer(engine)

  test('introspection and revocation authenticate the caller before they validate the body', async () => {
    for (const path of ['introspect', 'revoke']) {
      for (const fields of [{}, { token: '' }, { token_type_hint: 'x' }]) {
        assertOAuthError(await ask(path, fields, { authorization: '' }), 401, 'invalid_client')
        assertOAuthError(await ask(path, fields), 400, 'invalid_request')
      }
    }
  })
})

onBothEngines('bodies of the OAuth endpoints', (engine) => {
  const { server, key } = oauthServer(engine)

  test('a malformed body is an OAuth error, never an unexpected one', async () => {
    for (const path of ['introspect', 'revoke']) {
      const url = `/oauth/${path}`
      const client = clientAt(server().url)
      const authorization = `Bearer ${key()}`
      const raws: [string, string, number][] = [
        [form, '', 400],
        [form, 'token=', 400],
        [form, 'token=a&token=b', 400],
        [form, 'token_type_hint=access_token', 400],
        [form, Buffer.from([0xff]).toString('latin1'), 400],
        ['application/json', '{"token":"x"}', 415],
        [form, `token=${'x'.repeat(70_000)}`, 413],
      ]
      for (const [type, raw, status] of raws) {
        const sent = { raw: Buffer.from(raw, 'latin1'), headers: { 'content-type': type, authorization } }
        const reply = await client.send('POST', url, sent)
        assertOAuthError(reply, status, 'invalid_request')
        const message = status === 415 && errorCodes.not_a_form.en.replaceAll('"', "'")
        if (message) assert.ok(reply.text.includes(message), reply.text)
      }
      const zipped = { 'content-type': form, authorization, 'content-encoding': 'gzip' }
      const encoded = await client.send('POST', url, { raw: 'token=a', headers: zipped })
      assertOAuthError(encoded, 415, 'invalid_request')
      assert.match(encoded.text, /Content-Encoding/)
      const got = await client.get(url, { headers: { authorization } })
      assert.deepEqual([got.status, got.headers.allow], [405, 'POST'])
    }
  })
})

onBothEngines('the OAuth endpoints', (engine) => {
  const { server, ask } = oauthServer(engine)

  test('the metadata lists the endpoints at the public URL', async () => {
    const { publicUrl } = server().world.settings
    const client = clientAt(server().url)
    const { status, body } = await client.get('/.well-known/oauth-authorization-server', {
      headers: { host: 'evil.example' },
    })
    assert.equal(status, 200)
    const document = body as unknown as Record<string, unknown>
    assert.equal(document.issuer, publicUrl)
    const urls = Object.entries(document).filter(([name]) => /_(?:endpoint|uri)$/.test(name))
    assert.equal(urls.length, 10)
    for (const [, url] of urls) assert.ok(String(url).startsWith(`${publicUrl}/`), String(url))
    const discovery = await client.get('/.well-known/openid-configuration')
    assert.deepEqual(discovery.body, body)
    assert.equal((await client.get('/.well-known/jwks.json')).status, 200)
  })

  test('a removed verifier key is rejected', async () => {
    const added = await addVerifier(server().world, { name: 'short-lived', by: byCli })
    const authorization = `Bearer ${added?.key}`
    // Not used before its removal, so that nothing is cached.
    assert.equal(await removeVerifier(server().world, { name: 'short-lived', by: byCli }), true)
    assertOAuthError(await ask('introspect', { token: 'x' }, { authorization }), 401, 'invalid_client')
  })
})

/** One server for a suite with a verifier key, and functions that call its OAuth endpoints. */
function oauthServer(engine: Engine) {
  const server = serverForSuite(engine)
  let made = ''
  before(async () => {
    const added = await addVerifier(server().world, { name: 'the api', by: byCli })
    made = added?.key ?? ''
  })
  const ask = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    clientAt(server().url).send('POST', `/oauth/${path}`, {
      raw: new URLSearchParams(fields).toString(),
      headers: { 'content-type': form, authorization: `Bearer ${made}`, ...headers },
    })
  const introspected = async (token: string): Promise<unknown> => {
    const reply = await ask('introspect', { token })
    assert.equal(reply.status, 200, reply.text)
    assert.equal(reply.headers['cache-control'], 'no-store')
    return reply.body
  }
  return { server, key: () => made, ask, introspected }
}

/** RFC 6749 section 5.2: only these members, and no quotes or non-ASCII characters in the description. */
function assertOAuthError(reply: Reply, status: number, error: string): void {
  const said = reply.body as unknown as { error: string; error_description: string }
  assert.deepEqual([reply.status, said.error], [status, error], reply.text)
  assert.deepEqual(Object.keys(said), ['error', 'error_description'])
  assert.match(said.error_description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
  assert.equal(reply.headers['content-type'], 'application/json')
  assert.equal(reply.headers['cache-control'], 'no-store')
}
