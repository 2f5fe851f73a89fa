import assert from 'node:assert/strict'
import { after } from 'node:test'
import { byCli } from '../../../../src/audit/by.ts'
import { addVerifier } from '../../../../src/revocations/verifier-keys.ts'
import type { TestServer } from '../../../../test/support/server.ts'
import { createVerifier, type Verifier, type VerifierOptions } from '../../src/verify.ts'

let count = 0

/** A verifier attached to a running server: ready, and closed when the running test ends. */
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

/** The verdict of a verifier on a token: `good`, or the error code. */
export async function verdictOf(verifier: Verifier, token: string): Promise<string> {
  return verifier.verify(token).then(
    () => 'good',
    ({ code }) => code,
  )
}

/** A key as `sigil verifier add` creates it. */
async function newKey({ world }: TestServer): Promise<string> {
  const added = await addVerifier(world, { name: `api-${++count}`, by: byCli })
  assert.ok(added)
  return added.key
}
