import { setTimeout } from 'node:timers/promises'
import { AppBrowser, callAsApp, callback, type FaultsApp, refreshIn, textIn } from '#faults/app-browser.ts'
import type { Habits } from '#faults/app-habits.ts'
import type { Answered } from '#faults/calls.ts'
import { api } from '#faults/cluster.ts'
import { monotonicMs, type Refresh, type RefreshKind, type Revocation } from '#faults/history.ts'
import { outcomeOf, sentNow } from '#faults/outcomes.ts'
import type { Scene } from '#faults/scene.ts'
import type { Chance } from '#test/crash/chance.ts'

/** A grant, by a local name. `session` is the page session that it ends with; empty if it is offline. */
type HeldGrant = {
  readonly app: FaultsApp
  readonly grant: string
  readonly session: string
  readonly refreshes: string[]
  ids: number[]
}

const password = 'a battery of correct horses'
const maxGrants = 4
const maxActs = 120

/** Users of an app, one after another, for the duration of the run. */
export async function useApps(
  scene: Scene,
  { name, habits, chance }: { name: string; habits: Habits; chance: Chance },
  ended: AbortSignal,
): Promise<void> {
  for (let count = 0; !ended.aborted; count++) {
    const user = new AppUser(scene, { email: `${name}.${count}@example.org`, habits, chance })
    if (await user.join()) await user.live(ended)
    else await setTimeout(200)
  }
}

/** A user with an app, who leaves when the state of the tokens becomes unknown. */
class AppUser {
  readonly #scene: Scene
  readonly #email: string
  readonly #habits: Habits
  readonly #chance: Chance
  #browser: AppBrowser
  #app: FaultsApp = { id: '', secret: '' }
  #id = ''
  #bearer = ''
  #held: HeldGrant[] = []
  #hasLeft = false
  #names = 0
  #pageSession = ''

  constructor(scene: Scene, { email, habits, chance }: { email: string; habits: Habits; chance: Chance }) {
    this.#scene = scene
    this.#email = email
    this.#habits = habits
    this.#chance = chance
    this.#browser = new AppBrowser(scene, chance)
  }

  async join(): Promise<boolean> {
    const json = { email: this.#email, password }
    const signedUp = await this.#scene.call(this.#chance, 'POST', '/api/v1/auth/signup', { json })
    this.#id = (signedUp?.body.user as { id: string } | undefined)?.id ?? ''
    return signedUp?.status === 201 && (await this.#registerApp()) && (await this.#signIn())
  }

  async live(ended: AbortSignal): Promise<void> {
    for (let acts = 0; !ended.aborted && !this.#hasLeft && acts < maxActs; acts++) {
      await setTimeout(this.#chance.between(50, 200))
      await this.#act()
    }
  }

  async #act(): Promise<void> {
    const held = this.#held[this.#chance.between(0, this.#held.length - 1)]
    const what = this.#chance.oneOf(this.#habits)
    if (!held || (what === 'connect' && this.#held.length < maxGrants)) return this.#connect()
    if (what === 'replay') return this.#refresh(held, 'replay')
    if (what === 'refresh' || what === 'connect') return this.#refresh(held, 'once')
    // While its rights end, an app keeps refreshing.
    const beside = this.#refresh(held, 'once')
    if (what === 'revoke') await this.#revoke(held)
    else if (what === 'disconnect') await this.#disconnect()
    else if (what === 'signOut') await this.#signOut()
    else if (what === 'removeApp') await this.#removeApp()
    else await this.#endAll(what)
    await beside
  }

  async #registerApp(): Promise<boolean> {
    const fields = { kind: 'web', name: 'Notes', redirect_uris: [callback], apis: [{ name: api.name }] }
    const answer = await this.#scene.callAsAdmin(this.#chance, 'POST', '/api/v1/apps', fields)
    const app = answer?.body.app as { client_id: string } | undefined
    this.#app = { id: app?.client_id ?? '', secret: String(answer?.body.client_secret) }
    return app !== undefined
  }

  /** On our pages for the app, and with the API to end rights. */
  async #signIn(): Promise<boolean> {
    const json = { login: this.#email, password }
    const answer = await this.#scene.call(this.#chance, 'POST', '/api/v1/auth/signin', { json })
    this.#bearer = String(answer?.body.access_token)
    return answer?.status === 200 && (await this.#signInOnPage())
  }

  #signInOnPage(): Promise<boolean> {
    this.#browser = new AppBrowser(this.#scene, this.#chance)
    this.#pageSession = this.#newName()
    return this.#browser.signIn(this.#email, password)
  }

  async #connect(): Promise<void> {
    const begin = monotonicMs()
    const isOffline = this.#chance.between(0, 2) === 0
    const answer = await this.#browser.connect(this.#app, { isOffline })
    if (answer?.status !== 200) {
      this.#hasLeft = !(await this.#signIn())
      return
    }
    const session = isOffline ? '' : this.#pageSession
    const held = { app: this.#app, grant: this.#newName(), session, refreshes: [refreshIn(answer)], ids: [] }
    this.#keep(held, textIn(answer), begin)
    this.#held.push(held)
  }

  #keep(held: HeldGrant, text: string, begin: number): void {
    const { app, grant, session } = held
    const about = { user: this.#id, app: app.id, grant, session, begin, end: monotonicMs() }
    held.ids = [...held.ids.slice(-1), this.#scene.judges.issuedToApp(text, about)]
  }

  #newName(): string {
    return `${this.#email}/${++this.#names}`
  }

  async #refresh(held: HeldGrant, kind: RefreshKind): Promise<void> {
    const presented = held.refreshes.at(kind === 'replay' ? -3 : -1)
    if (presented === undefined) return
    const refresh: Refresh = { user: this.#id, session: held.grant, ...sentNow(), kind, presented }
    this.#scene.history.refreshes.push(refresh)
    const form = { grant_type: 'refresh_token', refresh_token: presented }
    const { app } = held
    const answer = await callAsApp(this.#scene, this.#chance, { path: '/oauth/token', app, form })
    refresh.end = monotonicMs()
    if (answer?.status === 200) {
      const successor = refreshIn(answer)
      refresh.outcome = { successor }
      this.#keep(held, textIn(answer), refresh.begin)
      if (!held.refreshes.includes(successor)) held.refreshes.push(successor)
    } else if (answer && answer.status < 500) {
      refresh.outcome = 'refused'
      this.#held = this.#held.filter((one) => one !== held)
      if (kind === 'replay' && answer.status === 400) {
        const revocation = this.#revoking('reuse', { grant: held.grant, begin: refresh.begin }, held.ids)
        this.#settle(revocation, 'acknowledged', held.ids)
      }
    }
  }

  async #revoke(held: HeldGrant): Promise<void> {
    const token = held.refreshes.at(-1) ?? ''
    await this.#end('grant', { grant: held.grant }, [held], () =>
      callAsApp(this.#scene, this.#chance, { path: '/oauth/revoke', app: held.app, form: { token } }),
    )
  }

  async #disconnect(): Promise<void> {
    const { id } = this.#app
    const path = `/api/v1/me/apps/${id}`
    await this.#end('disconnect', { app: id }, this.#held, () =>
      this.#scene.call(this.#chance, 'DELETE', path, { bearer: this.#bearer }),
    )
  }

  async #removeApp(): Promise<void> {
    const { id } = this.#app
    await this.#end('app', { app: id }, this.#held, () =>
      this.#scene.callAsAdmin(this.#chance, 'DELETE', `/api/v1/apps/${id}`),
    )
    this.#hasLeft ||= !(await this.#registerApp())
  }

  /** The grants that are bound to the page session end with it. */
  async #signOut(): Promise<void> {
    const bound = this.#held.filter(({ session }) => session !== '')
    const session = bound.at(-1)?.session
    const browser = this.#browser
    if (session === undefined) return
    const theirs = bound.filter((held) => held.session === session)
    await this.#end('logout', { session }, theirs, () => browser.signOut())
    this.#hasLeft ||= !(await this.#signInOnPage())
  }

  async #endAll(kind: 'logOutAll' | 'disable'): Promise<void> {
    const scene = this.#scene
    const path = `/api/v1/users/${this.#id}`
    if (kind === 'logOutAll') {
      const all = { bearer: this.#bearer }
      await this.#end('logout_all', {}, this.#held, () =>
        scene.call(this.#chance, 'POST', '/api/v1/auth/logout_all', all),
      )
    } else {
      await this.#end('disable', {}, this.#held, () =>
        scene.callAsAdmin(this.#chance, 'POST', `${path}/disable`),
      )
      const enabled = await scene.callAsAdmin(this.#chance, 'POST', `${path}/enable`)
      this.#hasLeft ||= enabled?.status !== 200
    }
    this.#hasLeft ||= !(await this.#signIn())
  }

  async #end(
    kind: Revocation['kind'],
    target: Partial<Pick<Revocation, 'session' | 'grant' | 'app'>>,
    over: readonly HeldGrant[],
    call: () => Promise<Answered | undefined>,
  ): Promise<void> {
    this.#held = this.#held.filter((held) => !over.includes(held))
    const ids = over.flatMap((held) => held.ids)
    const revocation = this.#revoking(kind, target, ids)
    const answer = await call()
    this.#settle(revocation, outcomeOf({ kind }, answer), ids)
  }

  #revoking(
    kind: Revocation['kind'],
    target: Partial<Pick<Revocation, 'session' | 'grant' | 'app' | 'begin'>>,
    ids: readonly number[],
  ): Revocation {
    const revocation: Revocation = { ...sentNow(), session: undefined, ...target, kind, user: this.#id }
    this.#scene.history.revocations.push(revocation)
    this.#scene.judges.expose(ids)
    return revocation
  }

  #settle(revocation: Revocation, outcome: Revocation['outcome'], ids: readonly number[]): void {
    revocation.outcome = outcome
    revocation.end = monotonicMs()
    if (outcome === 'acknowledged') this.#scene.judges.pounce(ids.slice(-3))
    // After a call that may be executed at any time, nothing is certain.
    else if (outcome === 'unknown') this.#hasLeft = true
  }
}
