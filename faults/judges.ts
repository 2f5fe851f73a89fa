import { setTimeout } from 'node:timers/promises'
import { type Answered, ask, type Sent } from '#faults/calls.ts'
import type { Cluster, Node } from '#faults/cluster.ts'
import { type History, monotonicMs, type Span, type Token, type Verdict } from '#faults/history.ts'
import type { Chance } from '#test/crash/chance.ts'
import { partsOf } from '#test/support/forging.ts'

const pauseMs = 8
const watchedLately = 60
const patienceMs = 6000

/** Has every node and every verifier judge the issued tokens, and records the verdicts. */
export class Judges {
  readonly #cluster: Cluster
  readonly #history: History
  readonly #texts: { readonly text: string; readonly isOfApp: boolean }[] = []
  /** The tokens that no call has begun to revoke. */
  readonly #good = new Set<number>()
  readonly #underWay = new Set<Promise<void>>()

  constructor(cluster: Cluster, history: History) {
    this.#cluster = cluster
    this.#history = history
  }

  /** Adds a token that was just issued. Returns its id. */
  issued(text: string, about: Span & { user: string; session: string }): number {
    return this.#keep(text, { ...about, signature: String(partsOf(text).header.jti) })
  }

  /** The same for a token of an app. Its dependencies are not read from the token, which may lack them. */
  issuedToApp(text: string, about: Omit<Token, 'id' | 'signature'> & { grant: string }): number {
    return this.#keep(text, { ...about, signature: about.grant })
  }

  #keep(text: string, about: Omit<Token, 'id'>): number {
    const id = this.#texts.push({ text, isOfApp: about.app !== undefined }) - 1
    this.#history.tokens.push({ ...about, id })
    this.#good.add(id)
    this.#show(id)
    return id
  }

  /** These tokens are about to be revoked, so the verifiers should check them. */
  expose(ids: readonly number[]): void {
    for (const id of ids) {
      this.#good.delete(id)
      this.#show(id)
    }
  }

  /** Calls every node at once, in any state. */
  pounce(ids: readonly number[]): void {
    for (const node of this.#cluster.nodes) for (const id of ids) this.#follow(this.#judge(node, id))
  }

  /** One after another, for the duration of the run. */
  async watch(node: Node, chance: Chance, ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      const newest = this.#texts.length - 1
      const good = [...this.#good].slice(-watchedLately)
      const any = chance.between(Math.max(0, newest - watchedLately), newest)
      const id = chance.between(1, 4) === 1 ? any : (good[chance.between(0, good.length - 1)] ?? any)
      if (newest >= 0) await this.#judge(node, id)
      await setTimeout(pauseMs)
    }
  }

  /** Resolves when no calls are pending. */
  async awaitPropagation(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
  }

  async #judge({ name, url }: Node, token: number): Promise<void> {
    const begin = monotonicMs()
    const { text, isOfApp } = this.#texts[token] ?? { text: '', isOfApp: false }
    const answer = await ask(url, isOfApp ? this.#introspecting(text) : verifying(text))
    const verdict = isOfApp ? introspected(answer) : verdicts[answer?.status ?? 0]
    if (answer && !verdict)
      this.#history.accidents.push(`${name} answered a verification with ${answer.status}`)
    this.#history.verifies.push({
      judge: name,
      token,
      begin,
      end: monotonicMs(),
      verdict: verdict ?? 'undecided',
    })
  }

  #show(id: number): void {
    const { text, isOfApp } = this.#texts[id] ?? { text: '', isOfApp: false }
    for (const verifier of this.#cluster.verifiers)
      if (verifier.isOfApi === isOfApp) verifier.watch({ id, text })
  }

  #introspecting(token: string): Sent {
    const { apiKey: bearer } = this.#cluster
    return { method: 'POST', path: '/oauth/introspect', bearer, form: { token }, patienceMs }
  }

  #follow(judging: Promise<void>): void {
    this.#underWay.add(judging)
    void judging.finally(() => this.#underWay.delete(judging))
  }
}

function verifying(bearer: string): Sent {
  return { method: 'GET', path: '/api/v1/auth/verify', bearer, patienceMs }
}

function introspected(answer: Answered | undefined): Verdict | undefined {
  if (answer?.status !== 200) return answer?.status === 401 ? undefined : verdicts[answer?.status ?? 0]
  return answer.body.active === true ? 'accepted' : 'refused'
}

const verdicts: Readonly<Record<number, Verdict>> = {
  0: 'undecided',
  204: 'accepted',
  401: 'refused',
  503: 'undecided',
}
