/** Uses the package in every way that a resource server does. Runs on every runtime, in a project with the package. */
import { createVerifier, VerifyError } from '@sigil/verify'
import * as express from '@sigil/verify/express'
import * as fastify from '@sigil/verify/fastify'
import * as hono from '@sigil/verify/hono'
import * as next from '@sigil/verify/next'
import * as node from '@sigil/verify/node'

export async function probe({ ISSUER: issuer, KEY: key, TOKEN: token, OTHER: other }) {
  const verifier = createVerifier({ issuer, audience: issuer, key, stale: 'deny' })
  await verifier.ready()
  const isSync = syncVerdict(verifier, other) === 'good'
  const { userId } = await verifier.verify(new Request('http://here', { headers: { authorization: `Bearer ${token}` } }))
  const forged = await verdict(verifier, `${token.slice(0, -8)}AAAAAAAA`)
  const out = await fetch(`${issuer}/api/v1/auth/logout_all`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  })
  const { everywhere } = await out.json()
  const after = syncVerdict(verifier, token)
  verifier.close()
  const closed = await verdict(verifier, token)
  const adapters = [express, fastify, hono, next, node].map(({ signedIn }) => typeof signedIn)
  return { userId, isSync, forged, everywhere, after, closed, adapters }
}

function syncVerdict(verifier, presented) {
  try {
    verifier.verifySync(presented)
    return 'good'
  } catch (error) {
    return codeOf(error)
  }
}

function verdict(verifier, presented) {
  return verifier.verify(presented).then(() => 'good', codeOf)
}

function codeOf(error) {
  if (!(error instanceof VerifyError)) throw error
  return error.code
}
