import { type Requirement, requirementsFor } from '#src/apps/path-rules.ts'
import type { ErrorCode } from '#src/errors/error-codes.ts'
import { AppError } from '#src/errors/errors.ts'
import { judgeTicket, type TicketVerdict } from '#src/forward-auth/judge-ticket.ts'
import type { HostedSite } from '#src/forward-auth/known-sites.ts'
import type { Question } from '#src/forward-auth/question.ts'
import type { renewTicket } from '#src/forward-auth/renew-ticket.ts'
import type { Ticket } from '#src/forward-auth/ticket.ts'
import type { World } from '#src/world/world.ts'

export type Admission =
  /** Without a ticket, anyone may make the request. `cookie` is set if the ticket was renewed. */
  | { readonly kind: 'admitted'; readonly ticket: Ticket | undefined; readonly cookie: string | undefined }
  | { readonly kind: 'denied'; readonly error: AppError }

const anonymous: Admission = { kind: 'admitted', ticket: undefined, cookie: undefined }

type Asked = {
  readonly question: Question
  readonly presented: string | undefined
  readonly renew: typeof renewTicket
}

/** Decides on one request to the host of an app. */
export async function admit(
  world: World,
  site: HostedSite,
  { question, presented, renew }: Asked,
): Promise<Admission> {
  const requirements = requirementsFor(site.rules, question.target)
  if (!requirements) return denied('forbidden')
  if (question.isPreflight && site.allowsPreflight) return anonymous
  const verdict = presented === undefined ? undefined : await judgeTicket(world, presented, site.clientId)
  if (verdict?.kind === 'cannot_tell') throw new AppError('unavailable', { retryAfterSeconds: 1 })
  if (verdict?.kind === 'accepted') return admissionFor(verdict.ticket, requirements)
  const renewed = verdict && isRenewable(verdict) ? await renew(world, site, verdict.ticket) : undefined
  if (renewed) return admissionFor(renewed.ticket, requirements, renewed.cookie)
  if (requirements.every(({ kind }) => kind === 'public')) return anonymous
  return denied('not_signed_in')
}

/** The browser keeps a renewed ticket even if this request is denied. */
function denied(code: ErrorCode, cookie?: string): Admission {
  return { kind: 'denied', error: new AppError(code, cookie === undefined ? {} : { cookies: [cookie] }) }
}

type Renewable = Extract<TicketVerdict, { ticket: Ticket }>

/** After a change of roles or names a ticket is revoked, but its session continues. */
function isRenewable(verdict: TicketVerdict): verdict is Renewable {
  return verdict.kind === 'expired' || verdict.kind === 'revoked'
}

function admissionFor(ticket: Ticket, requirements: readonly Requirement[], cookie?: string): Admission {
  for (const requirement of requirements) {
    const code = missingFor(ticket, requirement)
    if (code) return denied(code, cookie)
  }
  return { kind: 'admitted', ticket, cookie }
}

/** Roles first: a second factor would not help a user without them. */
function missingFor({ claims }: Ticket, requirement: Requirement): ErrorCode | undefined {
  if (requirement.kind === 'public') return undefined
  const { roles, level } = requirement
  if (roles.length > 0 && !roles.some((role) => claims.roles.includes(role))) return 'forbidden'
  return level === 'aal2' && claims.acr !== 'aal2' ? 'step_up_required' : undefined
}

/** The same from memory only, for valid tickets; undefined if memory is not enough to decide. */
export function admitsFromMemory(ticket: Ticket, requirements: readonly Requirement[]): boolean {
  return requirements.every((requirement) => missingFor(ticket, requirement) === undefined)
}
