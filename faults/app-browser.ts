import { createHash, randomBytes } from 'node:crypto'
import type { Answered } from '#faults/calls.ts'
import { api, issuer } from '#faults/cluster.ts'
import type { Scene } from '#faults/scene.ts'
import type { Chance } from '#test/crash/chance.ts'

/** The credentials of an app with a secret; for an app behind a proxy, its host. */
export type FaultsApp = { readonly id: string; readonly secret: string; readonly host?: string }

export const callback = 'https://app.example.org/callback'

const maxHops = 5

/** A browser that signs a user in to an app. If a call is lost, no token is issued. */
export class AppBrowser {
  readonly #scene: Scene
  readonly #chance: Chance
  readonly #cookies = new Map<string, string>()

  constructor(scene: Scene, chance: Chance) {
    this.#scene = scene
    this.#chance = chance
  }

  async signIn(login: string, password: string): Promise<boolean> {
    const answer = await this.#send('POST', '/sign-in', { login, password })
    return answer?.status === 303
  }

  signOut(): Promise<Answered | undefined> {
    return this.#send('POST', '/sign-out', {})
  }

  /** The response of the token endpoint. An offline grant needs the consent of its user. */
  async connect(
    app: FaultsApp,
    { isOffline, dpop }: { isOffline: boolean; dpop: string | undefined },
  ): Promise<Answered | undefined> {
    const verifier = randomBytes(32).toString('base64url')
    const more = isOffline ? { scope: 'openid read offline_access', prompt: 'consent' } : {}
    const asked = new URLSearchParams({
      response_type: 'code',
      client_id: app.id,
      redirect_uri: callback,
      scope: 'openid read',
      resource: api.audience,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...more,
    })
    const code = await this.#codeFrom(`/oauth/authorize?${asked}`)
    if (code === undefined) return undefined
    const form = { grant_type: 'authorization_code', code, redirect_uri: callback, code_verifier: verifier }
    return callAsApp(this.#scene, this.#chance, { path: '/oauth/token', app, form, dpop })
  }

  async #codeFrom(path: string): Promise<string | undefined> {
    const back = await this.follow(await this.#send('GET', path), callback)
    return back === undefined ? undefined : (new URL(back).searchParams.get('code') ?? undefined)
  }

  /** Follows redirects and consents, up to a URL of the app. Undefined if the browser does not get there. */
  async follow(first: Answered | undefined, toApp: string): Promise<string | undefined> {
    let answer = first
    for (let hop = 0; hop < maxHops; hop++) {
      const location = locationOf(answer)
      if (location === undefined) return undefined
      if (location.startsWith(toApp)) return location
      const isConsent = location.startsWith('/consent/')
      answer = await this.#send(
        isConsent ? 'POST' : 'GET',
        location,
        isConsent ? { decision: 'allow' } : undefined,
      )
    }
    return undefined
  }

  async #send(
    method: 'GET' | 'POST',
    path: string,
    form?: Record<string, string>,
  ): Promise<Answered | undefined> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = cookie === '' ? {} : { cookie }
    const answer = await this.#scene.call(this.#chance, method, path, { headers, form })
    for (const [name, value] of cookiesIn(answer)) {
      if (value === '') this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
    return answer
  }
}

/** The cookies that an answer sets; an empty value removes one. */
export function cookiesIn(answer: Answered | undefined): Map<string, string> {
  const lines = answer?.headers['set-cookie'] ?? []
  return new Map(lines.map((line) => /^([^=]+)=([^;]*)/.exec(line)?.slice(1) as [string, string]))
}

type AppCall = {
  readonly path: string
  readonly app: FaultsApp
  readonly form: Record<string, string>
  /** A proof of the key that the tokens are to be bound to. */
  readonly dpop?: string | undefined
}

export function callAsApp(
  scene: Scene,
  chance: Chance,
  { path, app, form, dpop }: AppCall,
): Promise<Answered | undefined> {
  const authorization = `Basic ${Buffer.from(`${app.id}:${app.secret}`).toString('base64')}`
  return scene.call(chance, 'POST', path, {
    headers: { authorization, ...(dpop !== undefined && { dpop }) },
    form,
  })
}

/** The next URL of a page: a redirect, or the page that continues after a form. */
function locationOf(answer: Answered | undefined): string | undefined {
  const refresh = answer?.headers.refresh as string | undefined
  const location = answer?.headers.location ?? refresh?.replace('0; url=', '')
  return location?.startsWith(issuer) ? location.slice(issuer.length) : location
}

export function textIn({ body }: Answered): string {
  return String(body.access_token)
}

export function refreshIn({ body }: Answered): string {
  return String(body.refresh_token)
}
