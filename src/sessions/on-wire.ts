import Bowser from 'bowser'
import { rfc3339 } from '#src/platform/clock.ts'
import type { SignIn } from '#src/sessions/history.ts'
import type { Session } from '#src/sessions/session.ts'

/** Browsers freeze these versions in their User-Agent: every Mac is 10.15.7, and Windows 11 is 10. */
const frozen = new Set(['macOS', 'Windows'])

/** The browser and the system of a User-Agent, or null if they are unknown. */
export function deviceOf(userAgent: string): { browser: string | null; system: string | null } {
  if (userAgent === '') return { browser: null, system: null }
  const { browser, os } = Bowser.parse(userAgent)
  return {
    browser: browser.name ? [browser.name, browser.version?.split('.')[0]].filter(Boolean).join(' ') : null,
    system: os.name ? systemOf(os) : null,
  }
}

export type DeviceKind = 'desktop' | 'phone' | 'tablet' | 'program'

/** The kind of device of a client, by its User-Agent. A client without a browser name is usually a script. */
export function deviceKindOf(userAgent: string): DeviceKind {
  if (userAgent === '') return 'program'
  const { browser, platform } = Bowser.parse(userAgent)
  if (platform.type === 'mobile') return 'phone'
  if (platform.type === 'tablet') return 'tablet'
  return browser.name === undefined || browser.name === '' ? 'program' : 'desktop'
}

type System = { readonly name?: string; readonly version?: string; readonly versionName?: string }

function systemOf({ name = '', version, versionName }: System): string {
  return frozen.has(name) ? name : [name, versionName ?? version].filter(Boolean).join(' ')
}

export function sessionOnWire(session: Session, currentId: string | undefined) {
  return {
    id: session.id,
    current: session.id === currentId,
    method: session.method,
    ip: session.client.address,
    user_agent: session.client.userAgent,
    ...deviceOf(session.client.userAgent),
    created_at: rfc3339(session.createdAt),
    last_used_at: rfc3339(session.rotatedAt),
    expires_at: rfc3339(session.expiresAt),
  }
}

export function signInOnWire(signIn: SignIn) {
  return {
    id: signIn.id,
    at: rfc3339(signIn.at),
    outcome: signIn.outcome,
    method: signIn.method,
    attempts: signIn.attempts,
    session_id: signIn.sessionId ?? null,
    ip: signIn.client.address,
    user_agent: signIn.client.userAgent,
    ...deviceOf(signIn.client.userAgent),
  }
}
