import assert from 'node:assert/strict'
import { after } from 'node:test'
import { byCli } from '../../../../src/audit/by.ts'
import { addVerifier } from '../../../../src/revocations/verifier-keys.ts'
import type { TestServer } from '../../../../test/support/server.ts'
import { createVerifier, type Verifier, type VerifierOptions } from '../../src/verify.ts'

let count = 0

/** A verifier of a running server, ready, and closed when the running test ends. */
export async function attached(
  server: TestServer,
  options: Partial<VerifierOptions> = {},
): Promise<Verifier> {
  const issuer = server.world.settings.publicUrl
  const verifier = createVerifier({
    issuer,
    audience: issuer,
    serverUrl: server.url,
    key: options.key ?? (await newKey(server)),
    ...options,
  })
  after(() => verifier.close())
  await verifier.ready()
  return verifier
}

/** What a verifier says of a token now: `good`, or the code of its no. */
export async function saidOf(verifier: Verifier, token: string): Promise<string> {
  return verifier.verify(token).then(
    () => 'good',
    ({ code }) => code,
  )
}

/** As `sigil verifier add` makes it. */
async function newKey({ world }: TestServer): Promise<string> {
  const added = await addVerifier(world, { name: `api-${++count}`, by: byCli })
  assert.ok(added)
  return added.key
}
