import { setTimeout } from 'node:timers/promises'
import { type Answered, ask, type Sent } from '#faults/calls.ts'
import { monotonicMs } from '#faults/history.ts'
import type { Judged } from '#faults/verifier-process.ts'

export const password = 'a battery of correct horses'

type Kept = {
  readonly id: number
  readonly access: string
  refresh: string
  /** When its logout was answered. */
  endedAt?: number
}

/** What happened while users signed in, refreshed and logged out. */
export type Seen = {
  /** When a write was answered with success. */
  readonly writes: number[]
  /** When a node or the verifier accepted a token. */
  readonly accepted: Record<string, number[]>
  /** Broken promises. */
  readonly violations: string[]
  readonly counts: Record<string, number>
}

type Watcher = { watch(id: number, text: string): void }

/** Users of a cluster, who repeat each call until it is answered, as apps do during an outage. */
export class Load {
  readonly seen: Seen = { writes: [], accepted: {}, violations: [], counts: {} }
  readonly #urls: readonly string[]
  readonly #watcher: Watcher
  readonly #kept: Kept[] = []
  readonly #over = new AbortController()
  #acting: Promise<unknown> = Promise.resolve()
  #turn = 0

  constructor(urls: readonly string[], watcher: Watcher) {
    this.#urls = urls
    this.#watcher = watcher
  }

  start(emails: readonly string[]): void {
    const acting = emails.map((email) => this.#live(email))
    this.#acting = Promise.all([...acting, ...this.#urls.map((url) => this.#judge(url))])
  }

  async end(): Promise<void> {
    this.#over.abort()
    await this.#acting
  }

  /** Verdicts of the verifier. */
  judged(verdicts: readonly Judged[]): void {
    for (const [id, begin, end, verdict] of verdicts)
      if (verdict === 'accepted') this.#accepted('verifier', this.#kept[id], begin, end)
  }

  /** After the outage: nothing that was answered is lost. */
  async check(): Promise<void> {
    for (const kept of this.#kept) {
      const { status } = await this.#until('/api/v1/auth/refresh', { refresh_token: kept.refresh })
      const wanted = kept.endedAt === undefined ? 200 : 401
      if (status !== wanted) this.#violated(`token ${kept.id} answered a refresh with ${status}`)
      for (const url of this.#urls) {
        const judged = await ask(url, verifying(kept.access))
        if (kept.endedAt !== undefined && judged?.status === 204)
          this.#violated(`${url} accepts the revoked token ${kept.id}`)
      }
      this.#count(kept.endedAt === undefined ? 'live sessions checked' : 'ended sessions checked')
    }
  }

  /** Signs in, refreshes a few times, and leaves every second session live. */
  async #live(email: string): Promise<void> {
    for (let round = 0; !this.#isOver; round++) {
      const { status, body } = await this.#until('/api/v1/auth/signin', { login: email, password })
      if (status !== 200) return this.#violated(`a sign-in answered ${status}`)
      this.#wrote('sign-ins')
      const kept = this.#keep(String(body.access_token), String(body.refresh_token))
      for (let turn = 0; turn < 6 && !this.#isOver; turn++) {
        await setTimeout(50)
        await this.#refresh(kept)
      }
      if (round % 2 === 0) await this.#logOut(kept)
    }
  }

  async #refresh(kept: Kept): Promise<void> {
    const { status, body } = await this.#until('/api/v1/auth/refresh', { refresh_token: kept.refresh })
    if (status !== 200)
      return this.#violated(`an honest refresh of ${kept.id} answered ${status}: ${body.code}`)
    kept.refresh = String(body.refresh_token)
    this.#wrote('refreshes')
  }

  /** `401` means that an earlier attempt has logged out, and its response was lost. */
  async #logOut(kept: Kept): Promise<void> {
    const { status } = await this.#until('/api/v1/auth/logout', {}, kept.access)
    if (status !== 204 && status !== 401) return this.#violated(`a logout answered ${status}`)
    kept.endedAt = monotonicMs()
    this.#wrote('logouts')
  }

  /** Calls one node after the other until one answers and is not away. */
  async #until(path: string, json: object, bearer?: string): Promise<Answered> {
    for (;;) {
      const url = this.#urls[this.#turn++ % this.#urls.length] ?? ''
      const answer = await ask(url, { method: 'POST', path, json, bearer })
      if (answer && answer.status < 500) return answer
      if (answer && answer.status !== 503) this.#violated(`${path} answered ${answer.status}`)
      this.#count('calls repeated')
      await setTimeout(200)
    }
  }

  /** Has a node judge the newest tokens and the ones that ended last. */
  async #judge(url: string): Promise<void> {
    for (; !this.#isOver; await setTimeout(40)) {
      const ended = this.#kept.filter(({ endedAt }) => endedAt !== undefined).slice(-4)
      const judging = [...ended, ...this.#kept.slice(-2)].map(async (kept) => {
        const begin = monotonicMs()
        const answer = await ask(url, verifying(kept.access))
        if (answer?.status === 204) this.#accepted(url, kept, begin, monotonicMs())
      })
      await Promise.all(judging)
    }
  }

  #accepted(judge: string, kept: Kept | undefined, begin: number, end: number): void {
    const times = this.seen.accepted[judge] ?? []
    this.seen.accepted[judge] = times
    times.push(end)
    if (kept?.endedAt !== undefined && begin > kept.endedAt)
      this.#violated(`${judge} accepted token ${kept.id} after its logout was answered`)
  }

  #keep(access: string, refresh: string): Kept {
    const kept = { id: this.#kept.length, access, refresh }
    this.#kept.push(kept)
    this.#watcher.watch(kept.id, access)
    return kept
  }

  get #isOver(): boolean {
    return this.#over.signal.aborted
  }

  #wrote(what: string): void {
    this.seen.writes.push(monotonicMs())
    this.#count(what)
  }

  #count(what: string): void {
    this.seen.counts[what] = (this.seen.counts[what] ?? 0) + 1
  }

  #violated(what: string): void {
    this.seen.violations.push(what)
  }
}

function verifying(bearer: string): Sent {
  return { method: 'GET', path: '/api/v1/auth/verify', bearer }
}
