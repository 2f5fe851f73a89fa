import type { Answered, Sent } from '#faults/calls.ts'
import { type Cluster, issuer } from '#faults/cluster.ts'
import type { TokenKind, Verdict } from '#faults/history.ts'
import { proofFor } from '#faults/proofs.ts'

/** A token or ticket, and what is needed to use it. */
export type Shown = {
  readonly text: string
  readonly kind: TokenKind
  /** Whether it works only with a proof of the key of the run. */
  readonly isBound?: boolean
  /** Of a ticket. */
  readonly host?: string
}

/** The request that asks a node about a token, as its users would send it. */
export async function questionAbout(shown: Shown, cluster: Cluster): Promise<Sent> {
  const { text, kind, host = '' } = shown
  if (kind === 'session') return { method: 'GET', path: '/api/v1/auth/verify', bearer: text }
  if (kind === 'ticket') return askingAt(host, text)
  if (kind === 'bound') return withProof(text, cluster)
  return { method: 'POST', path: '/oauth/introspect', bearer: cluster.apiKey, form: { token: text } }
}

/** What the proxy of the host asks about each request. */
function askingAt(host: string, ticket: string): Sent {
  const headers = {
    'x-forwarded-host': host,
    'x-forwarded-method': 'GET',
    'x-forwarded-uri': '/',
    cookie: `__Host-sigil_ticket=${ticket}`,
  }
  return { method: 'GET', path: '/.sigil/verify?redirect=401', headers }
}

async function withProof(token: string, { proofKey }: Cluster): Promise<Sent> {
  const path = '/oauth/userinfo'
  const dpop = await proofFor(proofKey, { method: 'GET', url: issuer + path, token })
  return { method: 'GET', path, headers: { authorization: `DPoP ${token}`, dpop } }
}

/** Undefined for an answer that must not occur. */
export function verdictIn({ kind }: Shown, answer: Answered | undefined): Verdict | undefined {
  if (!answer || answer.status === 503) return 'undecided'
  const { status, body } = answer
  if (kind === 'session' || kind === 'ticket') {
    if (status === 204) return 'accepted'
    // The host of an app that is disabled or removed is unknown.
    return status === 401 || (kind === 'ticket' && status === 404) ? 'refused' : undefined
  }
  if (kind === 'bound') return status === 200 ? 'accepted' : status === 401 ? 'refused' : undefined
  if (status !== 200) return undefined
  return body.active === true ? 'accepted' : 'refused'
}
