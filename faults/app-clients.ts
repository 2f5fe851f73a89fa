import { AppBrowser, callAsApp, type FaultsApp, refreshIn, textIn } from '#faults/app-browser.ts'
import { AppLedger, type HeldGrant } from '#faults/app-ledger.ts'
import { api } from '#faults/cluster.ts'
import { monotonicMs, type Refresh, type RefreshKind } from '#faults/history.ts'
import { sentNow } from '#faults/outcomes.ts'
import { type AppKind, registerFaultsApp } from '#faults/register-app.ts'
import type { Scene } from '#faults/scene.ts'
import { visitSite } from '#faults/site-visit.ts'
import type { Chance } from '#test/crash/chance.ts'

const accessToken = 'urn:ietf:params:oauth:token-type:access_token'

/** The apps of a user, and what they do to get tokens and tickets. */
export class AppClients {
  readonly ledger: AppLedger
  /** The latest tokens of the machine. */
  exchanged: number[] = []
  readonly #scene: Scene
  readonly #user: string
  readonly #chance: Chance
  readonly #apps = new Map<AppKind, FaultsApp>()
  #browser: AppBrowser
  #pageSession = ''
  #names = 0

  constructor(scene: Scene, user: string, chance: Chance) {
    this.#scene = scene
    this.#user = user
    this.#chance = chance
    this.#browser = new AppBrowser(scene, chance)
    this.ledger = new AppLedger(scene, user)
  }

  get browser(): AppBrowser {
    return this.#browser
  }

  /** Registers another app of this kind. */
  async register(kind: AppKind): Promise<boolean> {
    const app = await registerFaultsApp(this.#scene, this.#chance, kind)
    if (app) this.#apps.set(kind, app)
    return app !== undefined
  }

  app(kind: AppKind): FaultsApp {
    return this.#apps.get(kind) ?? { id: '', secret: '' }
  }

  signInOnPage(login: string, password: string): Promise<boolean> {
    this.#browser = new AppBrowser(this.#scene, this.#chance)
    this.#pageSession = this.#newName()
    return this.#browser.signIn(login, password)
  }

  #newName(): string {
    return `${this.#user}/${++this.#names}`
  }

  /** Half of the tokens are bound to a key. */
  #proofOrNot(): Promise<string | undefined> {
    return this.#chance.between(0, 1) === 0 ? this.#scene.proof() : Promise.resolve(undefined)
  }

  /** False if the user has to sign in again. */
  async connect(): Promise<boolean> {
    const begin = monotonicMs()
    const isOffline = this.#chance.between(0, 2) === 0
    const [app, dpop] = [this.app('web'), await this.#proofOrNot()]
    const answer = await this.#browser.connect(app, { isOffline, dpop })
    if (answer?.status !== 200) return false
    const session = isOffline ? '' : this.#pageSession
    const latest = appToken(textIn(answer), dpop)
    const held = { app, grant: this.#newName(), session, refreshes: [refreshIn(answer)], ids: [], latest }
    this.ledger.keep(held, latest, { begin })
    this.ledger.held.push(held)
    return true
  }

  useAgain(held: HeldGrant): Promise<void> {
    return held.app.host === undefined ? this.refresh(held, 'once') : this.visit()
  }

  /** In the same session it yields another ticket of the same grant. */
  async visit(): Promise<void> {
    const begin = monotonicMs()
    const [app, browser, session] = [this.app('site'), this.#browser, this.#pageSession]
    const { host = '' } = app
    const visited = await visitSite(this.#scene, this.#chance, { browser, host })
    if (!visited) return
    const { grant, ticket: text } = visited
    const latest = { text, kind: 'ticket', host } as const
    const known = this.ledger.held.find((one) => one.grant === grant)
    const held = known ?? { app, grant, session, refreshes: [], ids: [], latest }
    held.latest = latest
    this.ledger.keep(held, latest, { begin })
    if (!known) this.ledger.held.push(held)
  }

  async refresh(held: HeldGrant, kind: RefreshKind): Promise<void> {
    const presented = held.refreshes.at(kind === 'replay' ? -3 : -1)
    if (presented === undefined) return
    const dpop = await this.#proofOrNot()
    const refresh: Refresh = { user: this.#user, session: held.grant, ...sentNow(), kind, presented }
    this.#scene.history.refreshes.push(refresh)
    const form = { grant_type: 'refresh_token', refresh_token: presented }
    const call = { path: '/oauth/token', app: held.app, form, dpop }
    const answer = await callAsApp(this.#scene, this.#chance, call)
    refresh.end = monotonicMs()
    if (answer?.status === 200) {
      const successor = refreshIn(answer)
      refresh.outcome = { successor }
      held.latest = appToken(textIn(answer), dpop)
      this.ledger.keep(held, held.latest, refresh)
      if (!held.refreshes.includes(successor)) held.refreshes.push(successor)
    } else if (answer && answer.status < 500) {
      refresh.outcome = 'refused'
      this.ledger.forget([held])
      if (kind === 'replay' && answer.status === 400) this.ledger.endedByReuse(held, refresh.begin)
    }
  }

  /** A bound token needs a proof of its key, and so does the new one. */
  async exchange(held: HeldGrant): Promise<void> {
    const { text, isBound = false, kind } = held.latest
    if (kind === 'ticket') return
    const [begin, machine] = [monotonicMs(), this.app('machine')]
    const dpop = isBound ? await this.#scene.proof() : undefined
    const answer = await callAsApp(this.#scene, this.#chance, {
      path: '/oauth/token',
      app: machine,
      form: {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: text,
        subject_token_type: accessToken,
        resource: api.audience,
      },
      dpop,
    })
    if (answer?.status !== 200) return
    const shown = { text: textIn(answer), kind: 'exchanged', isBound } as const
    this.exchanged.push(this.ledger.keep(held, shown, { begin, actor: machine.id }))
  }
}

function appToken(text: string, dpop: string | undefined) {
  return dpop === undefined
    ? ({ text, kind: 'app' } as const)
    : ({ text, kind: 'bound', isBound: true } as const)
}
