/** One rule of the protocol, broken in its source. The text must be there exactly once. */
export type Mutant = {
  readonly name: string
  /** A history in which it showed when it was last looked for: only where to begin. */
  readonly seed: number
  readonly file: string
  readonly from: string
  readonly to: string
  /** Where it shows beside a server that is alone. */
  readonly isAlone?: boolean
}

export const mutants: readonly Mutant[] = [
  {
    name: 'the lease is counted from when the answer came',
    seed: 18,
    file: 'revocations/node.ts',
    from: 'this.#lease = leaseFrom(asked, leaseMs)',
    to: 'this.#lease = leaseFrom(readBoth(clock), leaseMs)',
  },
  {
    name: 'the log is acknowledged before it is applied',
    seed: 5,
    file: 'revocations/node.ts',
    from: 'this.#applyLog(await this.outside.port.fetch(this.#applied))',
    to: `const read = await this.outside.port.fetch(this.#applied)
    await this.outside.port.ack(this.#id, read.head)
    this.#applyLog(read)`,
  },
  {
    name: 'the log is read before the holder is registered',
    seed: 122,
    file: 'revocations/node.ts',
    from: 'if (!isRegistered) await this.#register()',
    to: `if (!isRegistered) {
      this.#applyLog(await port.fetch(this.#applied))
      await this.#register()
      this.#lease = leaseFrom(asked, leaseMs)
      return
    }`,
  },
  {
    name: 'the wait is shorter than the lease',
    seed: 15,
    file: 'revocations/lease.ts',
    from: 'return (leaseMs * (1 + drift)) / (1 - drift) + 2 * granuleMs',
    to: 'return leaseMs * 0.6',
  },
  {
    name: 'the row is deleted before the lease is dropped',
    seed: 58,
    file: 'revocations/node.ts',
    from: `    this.#hasLeft = true
    this.#lease = undefined
`,
    to: '',
  },
  {
    name: 'the row of a silent holder is deleted whatever its beat',
    seed: 21,
    file: 'revocations/keep-lease.ts',
    from: 'await port.collect(holder.id, holder.beat)',
    to: 'await port.leave(holder.id)',
  },
  {
    name: 'the row of a holder is deleted soon after its beat was read',
    seed: 5,
    file: 'revocations/keep-lease.ts',
    from: 'now - since >= waitOutMs(holder.leaseMs)',
    to: 'now - since >= 0 * waitOutMs(holder.leaseMs)',
  },
  {
    name: 'the row of a holder is deleted when a lease of somebody else would have ended',
    seed: 24,
    file: 'revocations/keep-lease.ts',
    from: 'now - since >= waitOutMs(holder.leaseMs)',
    to: 'now - since >= waitOutMs(node.outside.leaseMs)',
  },
  {
    name: 'the lease is renewed although its row is gone',
    seed: 3,
    file: 'revocations/node.ts',
    from: "this.#id !== '' && (isAlone || (await this.#beat(asked.now)))",
    to: "this.#id !== '' && (isAlone || (await this.#beat(asked.now)) || true)",
  },
  {
    name: 'only the last revocation is remembered',
    seed: 1,
    file: 'revocations/dead-keys.ts',
    from: 'const known = this.#expiries.get(key)',
    to: `this.#expiries.clear()
      const known = this.#expiries.get(key)`,
  },
  {
    name: 'the clock is not read in the call',
    seed: 3,
    file: 'revocations/node.ts',
    from: 'return isAlone || holds(this.#lease, readBoth(clock))',
    to: 'return isAlone || clock !== undefined',
  },
  {
    name: 'a suspended machine goes on',
    seed: 15,
    file: 'revocations/lease.ts',
    from: ' && now - monotonic - lease.wallAhead <= suspendToleranceMs',
    to: ' && now > 0',
  },
  {
    name: 'an answer does not wait for holders that are late',
    seed: 5,
    file: 'revocations/reach.ts',
    from: 'const left = pending.filter(({ leaseMs }) => outlived < waitOutMs(leaseMs))',
    to: 'const left = pending.filter(({ leaseMs }) => outlived < 0 * waitOutMs(leaseMs))',
  },
  {
    name: 'a verifier is granted a whole lease instead of what is left',
    seed: 7,
    file: 'revocations/poll.ts',
    from: 'const leaseMs = node.leaseLeftMs()',
    to: 'const leaseMs = node.leaseLeftMs() > 0 ? node.outside.leaseMs : 0',
  },
  {
    name: 'a node acknowledges without waiting for its verifiers',
    seed: 13,
    file: 'revocations/node.ts',
    from: 'Math.min(this.#applied, this.subLeases.acked())',
    to: 'Math.min(this.#applied, Number.POSITIVE_INFINITY)',
  },
  {
    name: 'an answer does not wait for the verifiers of its own node',
    seed: 5,
    file: 'revocations/reach.ts',
    from: 'node.subLeases.acked() >= seq',
    to: 'node.subLeases.acked() >= 0',
  },
  {
    name: 'a verifier that goes on polling is waited for less than a lease',
    seed: 27,
    file: 'revocations/reach.ts',
    from: 'const verifiersEnd = clock.monotonic() + waitOutMs(leaseMs)',
    to: 'const verifiersEnd = clock.monotonic() + 0.5 * waitOutMs(leaseMs)',
  },
  {
    name: 'a server that is alone does not write down that it lends',
    seed: 1,
    file: 'revocations/node.ts',
    from: 'await port.lend(this.#id, leaseMs)',
    to: 'if (leaseMs < 0) await port.lend(this.#id, leaseMs)',
    isAlone: true,
  },
  {
    name: 'a restarted node comes back under the same id and has forgotten its verifiers',
    seed: 12,
    file: 'revocations/node.ts',
    from: 'const id = randomId(random)',
    to: "const id = random === undefined ? '' : name",
  },
  {
    name: 'a node that leaves forgets the leases of its verifiers',
    seed: 4,
    file: 'revocations/node.ts',
    from: 'const isFree = this.subLeases.acked() === Number.POSITIVE_INFINITY',
    to: 'const isFree = true',
  },
  {
    name: 'a verifier counts its lease from when the answer came',
    seed: 1,
    file: 'sdk/verify/src/feed.ts',
    from: 'this.#extend(leaseFrom(asked, answer.leaseMs))',
    to: 'this.#extend(leaseFrom(this.#read(), answer.leaseMs))',
  },
  {
    name: 'a suspended verifier goes on',
    seed: 28,
    file: 'sdk/verify/src/lease.ts',
    from: 'return now - monotonic - lease.wallAhead > suspendToleranceMs',
    to: 'return now - monotonic - lease.wallAhead > 1e9 * suspendToleranceMs',
  },
  {
    name: 'a verifier acknowledges what it has not applied',
    seed: 5,
    file: 'revocations/poll.ts',
    from: 'node.subLeases.ack(holder, Math.min(ack, node.applied))',
    to: 'node.subLeases.ack(holder, Math.max(ack, node.applied))',
  },
]
