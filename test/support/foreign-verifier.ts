import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { clientAt } from '#test/support/client.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { encoded, foreignKey, partsOf, signedWith } from '#test/support/forging.ts'
import { signedIn, signedUp } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'

const run = promisify(execFile)

/** Runs a program that verifies an access token with a foreign library, with valid and invalid tokens. */
export async function assertVerifies([program = '', ...words]: readonly string[]): Promise<void> {
  const { url, world } = await startServer(await freshDatabaseUrl('sqlite'))
  const person = await signedUp(clientAt(url))
  const { access_token: token } = await signedIn(clientAt(url), person)
  const { header, claims, signature } = partsOf(token)
  const issuer = world.settings.publicUrl
  const verify = async (value: string, audience = issuer) => {
    const env = { ...process.env, ISSUER: issuer, AUDIENCE: audience, TOKEN: value }
    return run(program, words, { env }).then(
      ({ stdout }) => stdout.trim(),
      ({ code, stderr }) => {
        // An uncaught exception is not the answer of the library.
        assert.match(stderr, /^rejected: /m)
        return `exit ${code}`
      },
    )
  }
  assert.equal(await verify(token), person.id)

  const key = world.keys.signingKey().privateKey
  const now = Math.floor(world.clock.now() / 1000)
  assert.equal(await verify(signedWith(key, header, claims)), person.id, 'our own signature')
  const invalid = {
    'another audience': await verify(token, 'https://other.example.org'),
    'another issuer': await verify(signedWith(key, header, { ...claims, iss: 'https://other.example.org' })),
    'an expired token': await verify(
      signedWith(key, header, { ...claims, iat: now - 7200, exp: now - 3600 }),
    ),
    'no expiry': await verify(signedWith(key, header, { ...claims, exp: undefined })),
    'an id token': await verify(signedWith(key, { ...header, typ: 'JWT' }, claims)),
    'the key of somebody else': await verify(signedWith(foreignKey().privateKey, header, claims)),
    'changed claims': await verify(`${encoded(header)}.${encoded({ ...claims, sub: 'x' })}.${signature}`),
    'no signature': await verify(`${encoded({ ...header, alg: 'none' })}.${encoded(claims)}.`),
  }
  for (const [name, verdict] of Object.entries(invalid)) assert.equal(verdict, 'exit 1', name)
}
