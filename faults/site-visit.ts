import type { AppBrowser } from '#faults/app-browser.ts'
import { cookiesIn } from '#faults/app-browser.ts'
import type { Answered } from '#faults/calls.ts'
import type { Scene } from '#faults/scene.ts'
import type { Chance } from '#test/crash/chance.ts'
import { partsOf } from '#test/support/forging.ts'

/** A ticket, and the id of its grant, which Sigil may have opened earlier in the same session. */
export type VisitTicket = { readonly ticket: string; readonly grant: string }

/** Signs in at the host of an app, as a new browser would. Undefined without a ticket. */
export async function visitSite(
  scene: Scene,
  chance: Chance,
  { browser, host }: { browser: AppBrowser; host: string },
): Promise<VisitTicket | undefined> {
  const headers = { 'x-forwarded-host': host }
  const began = await scene.call(chance, 'GET', '/.sigil/sign-in?next=/', { headers })
  const back = began && (await browser.follow(began, `https://${host}/`))
  if (back === undefined) return undefined
  const { pathname, search } = new URL(back)
  const cookie = [...cookiesIn(began)].map(([name, value]) => `${name}=${value}`).join('; ')
  const arrived = await scene.call(chance, 'GET', pathname + search, { headers: { ...headers, cookie } })
  const ticket = arrived && cookiesIn(arrived).get('__Host-sigil_ticket')
  return ticket ? { ticket, grant: String(partsOf(ticket).claims.sid) } : undefined
}

/** Ends the grant of the ticket. */
export function signOutAtSite(
  scene: Scene,
  chance: Chance,
  { host, ticket }: { host: string; ticket: string },
): Promise<Answered | undefined> {
  const headers = { 'x-forwarded-host': host, cookie: `__Host-sigil_ticket=${ticket}` }
  return scene.call(chance, 'POST', '/.sigil/sign-out', { headers, form: {} })
}
