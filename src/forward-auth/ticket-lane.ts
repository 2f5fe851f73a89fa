import { requirementsFor } from '#src/apps/path-rules.ts'
import { admitsFromMemory } from '#src/forward-auth/admit.ts'
import { ticketJudge } from '#src/forward-auth/judge-ticket.ts'
import { knownSites } from '#src/forward-auth/known-sites.ts'
import { hostAskedFor } from '#src/forward-auth/question.ts'
import type { Ticket } from '#src/forward-auth/ticket.ts'
import { cookieName, cookieOf } from '#src/http/cookies.ts'
import { rawHeaders } from '#src/http/raw-headers.ts'
import { inCidrs } from '#src/platform/addresses.ts'
import { identityOf } from '#src/tokens/forward-auth.ts'
import type { World } from '#src/world/world.ts'

type Headers = Readonly<Record<string, string>>

/** The used parts of a request and a response of `node:http`. */
type Request = {
  readonly url?: string | undefined
  readonly method?: string | undefined
  readonly rawHeaders: readonly string[]
  readonly socket: { readonly remoteAddress?: string | undefined }
}
type Response = { writeHead(status: number, headers: Headers): { end(): unknown } }

const headersIn = rawHeaders('cookie', 'host', 'x-forwarded-host', 'x-forwarded-method', 'x-forwarded-uri')
const paths = new Set(['/.sigil/verify', '/.sigil/verify?redirect=401'])

/**
 * Answers checks for hosts of apps without the router, as `verifyLane` does for access tokens. Handles only
 * acceptance from memory, and returns the ticket; everything else goes to the router.
 */
export function ticketLane(
  world: World,
  everywhere: Headers,
): (request: Request, response: Response) => Ticket | undefined {
  const judge = ticketJudge(world)
  const sites = knownSites(world)
  const isTrusted = trustOfSockets(world)
  const headersOf = headersByTicket(everywhere)
  let answered = 0
  world.metrics.read('sigil_tickets_from_memory_total', {}, () => answered)
  return (request, response) => {
    const { url, method } = request
    if (method !== 'GET' || url === undefined || !paths.has(url)) return undefined
    const header = headersIn(request.rawHeaders)
    const target = header?.('x-forwarded-uri')
    if (!header || target === undefined || header('x-forwarded-method') === undefined) return undefined
    const host = hostAskedFor(header)
    const site = host === undefined ? undefined : sites.known(host)
    if (!site || !isTrusted(request.socket)) return undefined
    const presented = cookieOf(header('cookie'), cookieName('ticket', site.isSecure))
    const verdict = presented === undefined ? undefined : judge(presented, site.clientId)
    if (verdict?.kind !== 'accepted') return undefined
    const requirements = requirementsFor(site.rules, target)
    if (!requirements || !admitsFromMemory(verdict.ticket, requirements)) return undefined
    response.writeHead(204, headersOf(verdict.ticket)).end()
    answered++
    return verdict.ticket
  }
}

/** Computed once per connection, which a proxy keeps for many requests. */
function trustOfSockets({ settings }: World): (socket: Request['socket']) => boolean {
  const decided = new WeakMap<Request['socket'], boolean>()
  return (socket) => {
    const known = decided.get(socket)
    if (known !== undefined) return known
    const isTrusted = inCidrs(socket.remoteAddress ?? '', settings.trustedProxies)
    decided.set(socket, isTrusted)
    return isTrusted
  }
}

/** Computed once per ticket: a browser sends the same one with every request. */
function headersByTicket(everywhere: Headers): (ticket: Ticket) => Headers {
  const made = new WeakMap<Ticket, Headers>()
  return (ticket) => {
    const known = made.get(ticket)
    if (known) return known
    const headers = { ...everywhere, ...identityOf(ticket) }
    made.set(ticket, headers)
    return headers
  }
}
