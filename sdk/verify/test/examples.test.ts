import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { byCli } from '../../../src/audit/by.ts'
import { addVerifier } from '../../../src/revocations/verifier-keys.ts'
import { clientAt, type Reply } from '../../../test/support/client.ts'
import { freshDatabaseUrl } from '../../../test/support/engines.ts'
import { logOutEverywhere, personWithRoles, signedIn } from '../../../test/support/people.ts'
import { startServer } from '../../../test/support/server.ts'
import { type Installed, installed, withExamples } from './support/packed.ts'

describe('the examples with the published package', () => {
  let consumer: Installed
  let examples = ''

  before(async () => {
    consumer = await installed()
    examples = withExamples(consumer)
  })
  after(() => consumer.remove())

  for (const name of ['node', 'express', 'fastify', 'hono']) {
    test(`${name}: the example accepts, rejects and revokes tokens, and ends on SIGTERM`, async () => {
      const sigil = await attachedServer(`example-${name}`)
      const child = spawn(process.execPath, [join(examples, name, 'server.ts')], {
        env: { ...process.env, ...sigil.env, PORT: '0' },
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      after(() => child.kill('SIGKILL'))
      const app = clientAt(await listening(child))
      await assertGuarded((path, headers) => app.get(path, { headers }), sigil)
      child.kill('SIGTERM')
      assert.deepEqual(await once(child, 'exit'), [0, null])
    })
  }

  test('next: the functions that Next.js calls accept, reject and revoke tokens', async () => {
    const sigil = await attachedServer('example-next')
    Object.assign(process.env, sigil.env)
    const fileIn = (path: string) => import(pathToFileURL(join(examples, 'next', path)).href)
    const { verifier } = await fileIn('verifier.ts')
    after(() => verifier.close())
    const [{ proxy }, { GET, DELETE }, { greeting }] = await Promise.all(
      ['proxy.ts', 'app/api/hello/route.ts', 'app/account/greeting.ts'].map(fileIn),
    )
    await verifier.ready()
    const handlers: Record<string, (request: Request) => Response | Promise<Response>> = {
      '/': async () => Response.json({ hello: 'stranger' }),
      '/me': GET,
      '/admin': DELETE,
    }
    const { token, email } = sigil.user
    const page = (headers: Record<string, string>) =>
      proxy(new Request('http://app.example/account?x=1', { headers: { accept: 'text/html', ...headers } }))
    assert.equal(await page({ authorization: `Bearer ${token}` }), undefined)
    const away = await page({})
    const back = encodeURIComponent('http://app.example/account?x=1')
    assert.deepEqual(
      [away.status, away.headers.get('location')],
      [307, `${sigil.env.SIGIL_ISSUER}/sign-in?next=${back}`],
    )
    assert.equal(await greeting(new Headers({ authorization: `Bearer ${token}` })), `Hello ${email}`)
    assert.equal(await greeting(new Headers()), 'Sign in first.')
    await assertGuarded(async (path, headers) => {
      const answer = await handlers[path]?.(new Request(`http://app.example${path}`, { headers }))
      assert.ok(answer)
      return { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.json() }
    }, sigil)
    assert.equal(await greeting(new Headers({ authorization: `Bearer ${token}` })), 'Sign in first.')
  })
})

type Ask = (
  path: string,
  headers: Record<string, string>,
) => Promise<{ status: number; headers: Reply['headers']; body: unknown }>

async function attachedServer(name: string) {
  const server = await startServer(await freshDatabaseUrl('sqlite'))
  const added = await addVerifier(server.world, { name, by: byCli })
  const client = clientAt(server.url)
  const newPerson = async (roles: string[]) => {
    const person = await personWithRoles(server.world, roles)
    return { ...person, token: (await signedIn(client, person)).access_token }
  }
  return {
    server,
    client,
    env: { SIGIL_ISSUER: server.world.settings.publicUrl, SIGIL_VERIFIER_KEY: added?.key ?? '' },
    user: await newPerson(['default_user']),
    admin: await newPerson(['default_user', 'admin']),
  }
}

async function assertGuarded(
  ask: Ask,
  { server, client, user, admin }: Awaited<ReturnType<typeof attachedServer>>,
): Promise<void> {
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
  assert.equal((await ask('/', {})).status, 200)

  const anonymous = await ask('/me', {})
  assert.deepEqual([anonymous.status, anonymous.headers['www-authenticate']], [401, 'Bearer'])
  const forged = await ask('/me', bearer(`${user.token}x`))
  assert.deepEqual([forged.status, forged.headers['www-authenticate']], [401, 'Bearer error="invalid_token"'])
  assert.match(`${forged.headers['content-type']}`, /^application\/problem\+json/)

  const me = await ask('/me', bearer(user.token))
  assert.deepEqual([me.status, me.body], [200, { user_id: user.id, roles: ['default_user'] }])
  assert.equal((await ask('/me', { cookie: `access_token=${user.token}` })).status, 200)

  const missing = await ask('/admin', bearer(user.token))
  assert.deepEqual(
    [missing.status, missing.headers['www-authenticate']],
    [403, 'Bearer error="insufficient_scope"'],
  )
  assert.equal((await ask('/admin', bearer(admin.token))).status, 200)

  await logOutEverywhere(client, user.token)
  assert.equal((await ask('/me', bearer(user.token))).status, 401)
  assert.equal((await ask('/me', bearer(admin.token))).status, 200)

  await server.stop()
  const away = await untilNot(200, () => ask('/me', bearer(admin.token)))
  assert.deepEqual([away.status, away.headers['retry-after']], [503, '1'])
}

/** The lease at the time of the stop may last a moment longer. */
async function untilNot(status: number, ask: () => ReturnType<Ask>): ReturnType<Ask> {
  for (;;) {
    const reply = await ask()
    if (reply.status !== status) return reply
  }
}

/** The first line that an example prints contains its URL. */
async function listening(child: ChildProcess): Promise<string> {
  let output = ''
  for await (const chunk of child.stdout ?? []) {
    output += chunk
    const [url] = /http:\/\/[\w.]+:\d+/.exec(output) ?? []
    if (url) return url
  }
  throw new Error(`The example ended: ${output}`)
}
