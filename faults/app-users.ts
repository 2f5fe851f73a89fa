import { setTimeout } from 'node:timers/promises'
import { callAsApp } from '#faults/app-browser.ts'
import { AppClients } from '#faults/app-clients.ts'
import type { Habits } from '#faults/app-habits.ts'
import type { HeldGrant } from '#faults/app-ledger.ts'
import type { Scene } from '#faults/scene.ts'
import { signOutAtSite } from '#faults/site-visit.ts'
import type { Chance } from '#test/crash/chance.ts'

const password = 'a battery of correct horses'
const maxGrants = 4
const maxActs = 120

/** Users of apps, one after another, for the duration of the run. */
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

type WithApp = (held: HeldGrant) => Promise<void>

/** A user with apps, who leaves when the state of the tokens becomes unknown. */
class AppUser {
  readonly #scene: Scene
  readonly #email: string
  readonly #habits: Habits
  readonly #chance: Chance
  #apps: AppClients
  #id = ''
  #bearer = ''
  #hasLeft = false

  constructor(scene: Scene, { email, habits, chance }: { email: string; habits: Habits; chance: Chance }) {
    this.#scene = scene
    this.#email = email
    this.#habits = habits
    this.#chance = chance
    this.#apps = new AppClients(scene, '', chance)
  }

  async join(): Promise<boolean> {
    const json = { email: this.#email, password }
    const signedUp = await this.#scene.call(this.#chance, 'POST', '/api/v1/auth/signup', { json })
    if (signedUp?.status !== 201) return false
    this.#id = (signedUp.body.user as { id: string }).id
    this.#apps = new AppClients(this.#scene, this.#id, this.#chance)
    for (const kind of ['web', 'site', 'machine'] as const)
      if (!(await this.#apps.register(kind))) return false
    return this.#signIn()
  }

  async live(ended: AbortSignal): Promise<void> {
    for (let acts = 0; !ended.aborted && !this.#isGone() && acts < maxActs; acts++) {
      await setTimeout(this.#chance.between(50, 200))
      await this.#act()
    }
  }

  #isGone(): boolean {
    return this.#hasLeft || this.#apps.ledger.isUncertain
  }

  async #act(): Promise<void> {
    const { held: all } = this.#apps.ledger
    const held = this.#oneOf(all)
    const what = this.#chance.oneOf(this.#habits)
    const isFull = all.length >= maxGrants
    if (what === 'visit') return this.#apps.visit()
    if (!held || (what === 'connect' && !isFull)) {
      this.#hasLeft ||= !((await this.#apps.connect()) || (await this.#signIn()))
      return
    }
    if (what === 'exchange') return this.#apps.exchange(held)
    if (what === 'replay') return this.#apps.refresh(held, 'replay')
    if (what === 'refresh' || what === 'connect') return this.#apps.useAgain(held)
    // While its rights end, an app keeps refreshing, and the machine exchanges its tokens.
    const beside = [this.#apps.useAgain(held), this.#apps.exchange(held)]
    await this.#endings[what](held)
    await Promise.all(beside)
  }

  /** A third of the time the site, of which there is one. */
  #oneOf(all: readonly HeldGrant[]): HeldGrant | undefined {
    const site = all.find(({ app }) => app.host !== undefined)
    const isSite = this.#chance.between(1, 3) === 1
    return (isSite && site) || all[this.#chance.between(0, all.length - 1)]
  }

  /** On our pages for the apps, and with the API to end rights. */
  async #signIn(): Promise<boolean> {
    const json = { login: this.#email, password }
    const answer = await this.#scene.call(this.#chance, 'POST', '/api/v1/auth/signin', { json })
    this.#bearer = String(answer?.body.access_token)
    return answer?.status === 200 && (await this.#signInOnPage())
  }

  #signInOnPage(): Promise<boolean> {
    return this.#apps.signInOnPage(this.#email, password)
  }

  readonly #endings: Record<EndingName, WithApp> = {
    revoke: (held) => this.#revoke(held),
    disconnect: ({ app: { id } }) =>
      this.#apps.ledger.endGrants('disconnect', { app: id }, this.#grantsOf(id), () =>
        this.#scene.call(this.#chance, 'DELETE', `/api/v1/me/apps/${id}`, { bearer: this.#bearer }),
      ),
    removeApp: (held) => this.#removeApp(held),
    disableApp: (held) => this.#disableApp(held),
    removeMachine: () => this.#removeMachine(),
    signOut: () => this.#signOut(),
    logOutAll: () => this.#endAll('logout_all'),
    disable: () => this.#endAll('disable'),
    deleteUser: () => this.#endAll('delete'),
  }

  #grantsOf(clientId: string): HeldGrant[] {
    return this.#apps.ledger.held.filter(({ app }) => app.id === clientId)
  }

  async #revoke(held: HeldGrant): Promise<void> {
    const { app, grant, latest } = held
    const { host } = app
    const token = held.refreshes.at(-1) ?? ''
    const call = { path: '/oauth/revoke', app, form: { token } }
    await this.#apps.ledger.endGrants('grant', { grant }, [held], () =>
      host === undefined
        ? callAsApp(this.#scene, this.#chance, call)
        : signOutAtSite(this.#scene, this.#chance, { host, ticket: latest.text }),
    )
  }

  async #removeApp({ app: { id, host } }: HeldGrant): Promise<void> {
    await this.#apps.ledger.endGrants('app', { app: id }, this.#grantsOf(id), () =>
      this.#asAdmin('DELETE', id),
    )
    this.#hasLeft ||= this.#isGone() || !(await this.#apps.register(host === undefined ? 'web' : 'site'))
  }

  /** Enabled again, it has no grants. */
  async #disableApp({ app: { id } }: HeldGrant): Promise<void> {
    const over = this.#grantsOf(id)
    await this.#apps.ledger.endGrants('app_disabled', { app: id }, over, () =>
      this.#asAdmin('POST', id, '/disable'),
    )
    const enabled = await this.#asAdmin('POST', id, '/enable')
    this.#hasLeft ||= enabled?.status !== 200
  }

  /** Ends what the machine got, and not the grants that it got it from. */
  async #removeMachine(): Promise<void> {
    const { id } = this.#apps.app('machine')
    const ids = this.#apps.exchanged.splice(0).slice(-4)
    await this.#apps.ledger.end({
      kind: 'app',
      target: { app: id },
      ids,
      call: () => this.#asAdmin('DELETE', id),
    })
    this.#hasLeft ||= this.#isGone() || !(await this.#apps.register('machine'))
  }

  #asAdmin(method: 'POST' | 'DELETE', appId: string, more = '') {
    return this.#scene.callAsAdmin(this.#chance, method, `/api/v1/apps/${appId}${more}`)
  }

  /** The grants that are bound to the page session end with it. */
  async #signOut(): Promise<void> {
    const session = this.#apps.ledger.held.findLast((held) => held.session !== '')?.session
    const { browser } = this.#apps
    if (session === undefined) return
    const theirs = this.#apps.ledger.held.filter((held) => held.session === session)
    await this.#apps.ledger.endGrants('logout', { session }, theirs, () => browser.signOut())
    this.#hasLeft ||= !(await this.#signInOnPage())
  }

  async #endAll(kind: 'logout_all' | 'disable' | 'delete'): Promise<void> {
    const [scene, chance] = [this.#scene, this.#chance]
    const path = `/api/v1/users/${this.#id}`
    const calls = {
      logout_all: () => scene.call(chance, 'POST', '/api/v1/auth/logout_all', { bearer: this.#bearer }),
      disable: () => scene.callAsAdmin(chance, 'POST', `${path}/disable`),
      delete: () => scene.callAsAdmin(chance, 'DELETE', path),
    }
    await this.#apps.ledger.endGrants(kind, {}, this.#apps.ledger.held, calls[kind])
    if (kind === 'delete') this.#hasLeft = true
    if (kind === 'disable')
      this.#hasLeft ||= (await scene.callAsAdmin(chance, 'POST', `${path}/enable`))?.status !== 200
    this.#hasLeft ||= !(await this.#signIn())
  }
}

type EndingName = Exclude<keyof Habits, 'connect' | 'visit' | 'refresh' | 'exchange' | 'replay'>
