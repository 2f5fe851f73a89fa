import type { LogPort } from '#src/revocations/lease/log-port.ts'
import type { Revocation } from '#src/revocations/log/revocation.ts'
import type { Machine, Universe } from '#test/simulation/universe.ts'

type Row = {
  id: string
  name: string
  acked: number
  beat: number
  leaseMs: number
  registeredAt: number
  beatenAt: number
}

/** The simulated database: every call is a request and a reply, either of them late, lost or reordered. */
export class LogServer {
  readonly entries: Revocation[] = []
  readonly #universe: Universe
  readonly #leaseholders = new Map<string, Row>()
  readonly #listeners = new Set<(payload: string) => void>()
  readonly #hintLoss: number
  readonly #isNear: boolean
  #downUntil = 0

  /** A local one is in the calling process, so every call is answered at once. */
  constructor(universe: Universe, { isNear }: { isNear: boolean }) {
    this.#universe = universe
    this.#isNear = isNear
    // In some histories there is no listener at all.
    this.#hintLoss = universe.happens(0.4) ? 1 : universe.between(0, 0.5)
  }

  /** Calls fail while the database is down, some of them after they were executed. */
  restart(ms: number): void {
    this.#downUntil = this.#universe.time + ms
  }

  /** One transaction: a reader sees all of its entries or none. */
  commit(machine: Machine, ids: readonly string[]): Promise<Revocation[]> {
    return this.#call(machine, () => {
      const { length } = this.entries
      const expiresAt = Number.MAX_SAFE_INTEGER
      const added = ids.map((id, index) => ({ seq: length + index + 1, id, expiresAt }))
      this.entries.push(...added)
      return added
    })
  }

  /** The database as seen by a process on this machine, and the hints that it receives. */
  port(machine: Machine, onHint: (payload: string) => void): LogPort {
    const call = <T>(act: () => T) => this.#call(machine, act)
    this.#listeners.add((payload) => {
      if (this.#universe.happens(this.#hintLoss)) return
      machine.when(this.#universe.time + this.#delay(), () => onHint(payload))
    })
    const leaseholders = this.#leaseholders
    return {
      register: (row) => call(() => void leaseholders.set(row.id, { ...row })),
      beat: (id) => call(() => this.#beat(id)),
      fetch: (after) =>
        call(() => ({
          entries: this.entries.filter(({ seq }) => seq > after),
          head: this.entries.length,
          droppedUntil: 0,
        })),
      page: (after, max) => call(() => this.entries.filter(({ seq }) => seq > after).slice(0, max)),
      ack: (id, acked) => call(() => this.#ack(id, acked)),
      lend: (id, leaseMs) => call(() => this.#set(id, { leaseMs })),
      leave: (id) => call(() => void leaseholders.delete(id)),
      leaseholders: () => call(() => [...leaseholders.values()].map((row) => ({ ...row }))),
      collect: (id, beat) =>
        call(() => void (leaseholders.get(id)?.beat === beat && leaseholders.delete(id))),
      timeline: () => call(() => ({ timeline: 'one', notBefore: 0 })),
      hint: (payload) => call(() => this.#hint(payload)),
      hintIfLast: (seq) =>
        call(() => {
          const isLast = [...leaseholders.values()].every(({ acked }) => acked >= seq)
          if (isLast) this.#hint(`ack ${seq}`)
        }),
    }
  }

  #call<T>(machine: Machine, act: () => T): Promise<T> {
    const universe = this.#universe
    return new Promise((resolve, reject) => {
      const fail = () => machine.when(universe.time + this.#delay(), () => reject(new Error('no reply')))
      const isLostThere = !this.#isNear && universe.happens(0.02)
      const isLostBack = !this.#isNear && universe.happens(0.02)
      universe.at(universe.time + this.#delay(), () => {
        if (isLostThere && universe.happens(0.5)) this.#later(act)
        if (isLostThere || universe.time < this.#downUntil) return fail()
        const answer = act()
        if (isLostBack) return fail()
        machine.when(universe.time + this.#delay(), () => resolve(answer))
      })
    })
  }

  /** A request that the caller considers lost may only have been delayed. */
  #later(act: () => unknown): void {
    const universe = this.#universe
    universe.at(universe.time + universe.between(0, 500), () => {
      if (universe.time >= this.#downUntil) act()
    })
  }

  #hint(payload: string): void {
    for (const listener of this.#listeners) listener(payload)
  }

  #beat(id: string): number | undefined {
    const row = this.#leaseholders.get(id)
    if (row) this.#set(id, { beat: row.beat + 1 })
    return row?.acked
  }

  #ack(id: string, acked: number): void {
    const row = this.#leaseholders.get(id)
    if (row && row.acked < acked) this.#set(id, { acked })
  }

  #set(id: string, change: Partial<Row>): void {
    const row = this.#leaseholders.get(id)
    if (row) this.#leaseholders.set(id, { ...row, ...change })
  }

  /** Mostly short, sometimes longer than a lease. */
  #delay(): number {
    if (this.#isNear) return 0.01
    const universe = this.#universe
    return universe.happens(0.06) ? universe.between(0, 260) : universe.between(0.1, 3)
  }
}
