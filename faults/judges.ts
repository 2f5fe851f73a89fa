import { setTimeout } from 'node:timers/promises'
import { ask } from '#faults/calls.ts'
import type { Cluster, Node } from '#faults/cluster.ts'
import { type History, monotonicMs, type Span, type Verdict } from '#faults/history.ts'
import type { Chance } from '#test/crash/chance.ts'
import { partsOf } from '#test/support/forging.ts'

const pauseMs = 8
const watchedLately = 60
const patienceMs = 6000

/** Has every node and every verifier judge the tokens that were handed out, and writes down what they say. */
export class Judges {
  readonly #cluster: Cluster
  readonly #history: History
  readonly #texts: string[] = []
  /** Those that nobody has begun to revoke. */
  readonly #good = new Set<number>()
  readonly #underWay = new Set<Promise<void>>()

  constructor(cluster: Cluster, history: History) {
    this.#cluster = cluster
    this.#history = history
  }

  /** A token that was handed out just now. Gives its id. */
  issued(text: string, about: Span & { user: string; session: string }): number {
    const id = this.#texts.push(text) - 1
    this.#history.tokens.push({ ...about, id, signature: String(partsOf(text).header.jti) })
    this.#good.add(id)
    this.#show(id)
    return id
  }

  /** Somebody is about to revoke these, and the verifiers shall be looking. */
  expose(ids: readonly number[]): void {
    for (const id of ids) {
      this.#good.delete(id)
      this.#show(id)
    }
  }

  /** Every node is asked at once, whatever state it is in. */
  pounce(ids: readonly number[]): void {
    for (const node of this.#cluster.nodes) for (const id of ids) this.#follow(this.#judge(node, id))
  }

  /** One after another, for as long as the run lasts. */
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

  /** Resolves when nobody is being asked any more. */
  async awaitPropagation(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
  }

  async #judge({ name, url }: Node, token: number): Promise<void> {
    const begin = monotonicMs()
    const call = {
      method: 'GET',
      path: '/api/v1/auth/verify',
      bearer: this.#textOf(token),
      patienceMs,
    } as const
    const answer = await ask(url, call)
    const verdict = verdicts[answer?.status ?? 0]
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
    for (const verifier of this.#cluster.verifiers) verifier.watch({ id, text: this.#textOf(id) })
  }

  #textOf(id: number): string {
    return this.#texts[id] ?? ''
  }

  #follow(judging: Promise<void>): void {
    this.#underWay.add(judging)
    void judging.finally(() => this.#underWay.delete(judging))
  }
}

const verdicts: Readonly<Record<number, Verdict>> = {
  0: 'undecided',
  204: 'accepted',
  401: 'refused',
  503: 'undecided',
}
