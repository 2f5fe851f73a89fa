import { setTimeout } from 'node:timers/promises'
import { ask } from '#faults/calls.ts'
import type { Cluster, Node } from '#faults/cluster.ts'
import { type History, monotonicMs, type Span, type Token } from '#faults/history.ts'
import { questionAbout, type Shown, verdictIn } from '#faults/questions.ts'
import type { Chance } from '#test/crash/chance.ts'
import { partsOf } from '#test/support/forging.ts'

const pauseMs = 8
const watchedLately = 60
const patienceMs = 6000

/** Has every node and every verifier judge the issued tokens, and records the verdicts. */
export class Judges {
  readonly #cluster: Cluster
  readonly #history: History
  readonly #shown: Shown[] = []
  /** The tokens that no call has begun to revoke. */
  readonly #good = new Set<number>()
  readonly #underWay = new Set<Promise<void>>()

  constructor(cluster: Cluster, history: History) {
    this.#cluster = cluster
    this.#history = history
  }

  /** Adds a token that was just issued. Returns its id. */
  issued(text: string, about: Span & { user: string; session: string }): number {
    const signature = String(partsOf(text).header.jti)
    return this.#keep({ text, kind: 'session' }, { ...about, signature })
  }

  /**
   * The same for a token or ticket of an app. Its dependencies are not read from it: it may lack them.
   */
  issuedToApp(shown: Shown, about: Omit<Token, 'id' | 'kind' | 'signature'> & { grant: string }): number {
    return this.#keep(shown, { ...about, signature: about.grant })
  }

  #keep(shown: Shown, about: Omit<Token, 'id' | 'kind'>): number {
    const id = this.#shown.push(shown) - 1
    this.#history.tokens.push({ ...about, kind: shown.kind, id })
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
      const newest = this.#shown.length - 1
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
    const shown = this.#shown[token]
    if (!shown) return
    const question = await questionAbout(shown, this.#cluster)
    const begin = monotonicMs()
    const answer = await ask(url, { ...question, patienceMs })
    const verdict = verdictIn(shown, answer)
    if (answer && !verdict)
      this.#history.accidents.push(`${name} answered a verification (${shown.kind}) with ${answer.status}`)
    this.#history.verifies.push({
      judge: name,
      token,
      begin,
      end: monotonicMs(),
      verdict: verdict ?? 'undecided',
    })
  }

  /** Only nodes judge tickets. */
  #show(id: number): void {
    const shown = this.#shown[id]
    if (!shown || shown.kind === 'ticket') return
    const { text, isBound = false, kind } = shown
    for (const verifier of this.#cluster.verifiers)
      if (verifier.isOfApi === (kind !== 'session')) verifier.watch({ id, text, isBound })
  }

  #follow(judging: Promise<void>): void {
    this.#underWay.add(judging)
    void judging.finally(() => this.#underWay.delete(judging))
  }
}
