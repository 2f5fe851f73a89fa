// Runs on every runtime, in the project into which the package was installed.
import { createVerifier, VerifyError } from '@sigil/verify'
import * as express from '@sigil/verify/express'
import * as fastify from '@sigil/verify/fastify'
import * as hono from '@sigil/verify/hono'
import * as next from '@sigil/verify/next'
import * as node from '@sigil/verify/node'

const { ISSUER: issuer, KEY: key, TOKEN: token, OTHER: other } = process.env
const verifier = createVerifier({ issuer, audience: issuer, key, stale: 'deny' })
await verifier.ready()
const isSync = syncVerdict(() => verifier.verifySync(other)) === 'good'
const { userId } = await verifier.verify(new Request('http://here', { headers: { authorization: `Bearer ${token}` } }))
const forged = await verdict(`${token.slice(0, -8)}AAAAAAAA`)
const out = await fetch(`${issuer}/api/v1/auth/logout_all`, {
  method: 'POST',
  headers: { authorization: `Bearer ${token}` },
})
const { everywhere } = await out.json()
const after = syncVerdict(() => verifier.verifySync(token))
verifier.close()
const closed = await verdict(token)
const adapters = [express, fastify, hono, next, node].map(({ signedIn }) => typeof signedIn)
console.log(JSON.stringify({ userId, isSync, forged, everywhere, after, closed, adapters }))

function syncVerdict(verify) {
  try {
    verify()
    return 'good'
  } catch (error) {
    return codeOf(error)
  }
}

function verdict(presented) {
  return verifier.verify(presented).then(() => 'good', codeOf)
}

function codeOf(error) {
  if (!(error instanceof VerifyError)) throw error
  return error.code
}
