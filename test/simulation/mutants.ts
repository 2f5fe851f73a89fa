/** One rule of the protocol, broken in its source. The text must occur exactly once. */
export type Mutant = {
  readonly name: string
  /** A seed whose history exposed the mutant before: the start of the search. */
  readonly seed: number
  readonly file: string
  readonly from: string
  readonly to: string
  /** Whether it shows with a single server. */
  readonly isAlone?: boolean
}

export const mutants: readonly Mutant[] = [
  {
    name: 'a lease that counts from the reply instead of the request',
    seed: 18,
    file: 'revocations/lease/node.ts',
    from: 'this.#lease = leaseFrom(asked, leaseMs)',
    to: 'this.#lease = leaseFrom(readBoth(clock), leaseMs)',
  },
  {
    name: 'an acknowledgement before the log is applied',
    seed: 5,
    file: 'revocations/lease/node.ts',
    from: 'this.log.apply(await this.outside.port.fetch(this.log.applied))',
    to: `const read = await this.outside.port.fetch(this.log.applied)
    await this.outside.port.ack(this.#id, read.head)
    this.log.apply(read)`,
  },
  {
    name: 'reading the log before registering',
    seed: 122,
    file: 'revocations/lease/node.ts',
    from: 'if (!isRegistered) await this.#register()',
    to: `if (!isRegistered) {
      this.log.apply(await port.fetch(this.log.applied))
      await this.#register()
      this.#lease = leaseFrom(asked, leaseMs)
      return
    }`,
  },
  {
    name: 'a wait that is shorter than the lease',
    seed: 15,
    file: 'revocations/lease/lease.ts',
    from: 'return (leaseMs * (1 + drift)) / (1 - drift) + 2 * granuleMs',
    to: 'return leaseMs * 0.6',
  },
  {
    name: 'deleting the row before dropping the lease',
    seed: 58,
    file: 'revocations/lease/node.ts',
    from: `    this.#hasLeft = true
    this.#lease = undefined
`,
    to: '',
  },
  {
    name: 'deleting the row of a silent leaseholder whatever its beat',
    seed: 21,
    file: 'revocations/lease/keep-lease.ts',
    from: 'await port.collect(row.id, row.beat)',
    to: 'await port.leave(row.id)',
  },
  {
    name: 'deleting the row of a leaseholder soon after reading its beat',
    seed: 5,
    file: 'revocations/lease/keep-lease.ts',
    from: 'now - since >= waitOutMs(row.leaseMs)',
    to: 'now - since >= 0 * waitOutMs(row.leaseMs)',
  },
  {
    name: 'deleting the row of a leaseholder when our own lease would have ended',
    seed: 24,
    file: 'revocations/lease/keep-lease.ts',
    from: 'now - since >= waitOutMs(row.leaseMs)',
    to: 'now - since >= waitOutMs(node.outside.leaseMs)',
  },
  {
    name: 'renewing a lease whose row was deleted',
    seed: 3,
    file: 'revocations/lease/node.ts',
    from: "this.#id !== '' && (isAlone || (await this.#beat(asked.now)))",
    to: "this.#id !== '' && (isAlone || (await this.#beat(asked.now)) || true)",
  },
  {
    name: 'remembering only the last revocation',
    seed: 1,
    file: 'revocations/log/revoked-ids.ts',
    from: 'const known = this.#expiries.get(id)',
    to: `this.#expiries.clear()
      const known = this.#expiries.get(id)`,
  },
  {
    name: 'a lease that is not checked against the clock in the call',
    seed: 3,
    file: 'revocations/lease/node.ts',
    from: 'return isAlone || holds(this.#lease, readBoth(clock))',
    to: 'return isAlone || clock !== undefined',
  },
  {
    name: 'a lease that survives a suspension of its machine',
    seed: 15,
    file: 'revocations/lease/lease.ts',
    from: ' && Math.abs(now - monotonic - lease.wallAhead) <= suspendToleranceMs',
    to: ' && now > 0',
  },
  {
    name: 'a lease that survives a suspension hidden by a step of the wall clock',
    seed: 43,
    file: 'revocations/lease/lease.ts',
    from: 'Math.abs(now - monotonic - lease.wallAhead)',
    to: '(now - monotonic - lease.wallAhead)',
  },
  {
    name: 'an answer that does not wait for late leaseholders',
    seed: 5,
    file: 'revocations/propagation.ts',
    from: 'const left = pending.filter(({ leaseMs }) => elapsedMs < waitOutMs(leaseMs))',
    to: 'const left = pending.filter(({ leaseMs }) => elapsedMs < 0 * waitOutMs(leaseMs))',
  },
  {
    name: 'granting a verifier a whole lease instead of what is left',
    seed: 7,
    file: 'revocations/lease/poll.ts',
    from: 'const leaseMs = node.leaseLeftMs()',
    to: 'const leaseMs = node.leaseLeftMs() > 0 ? node.outside.leaseMs : 0',
  },
  {
    name: 'a node that acknowledges without waiting for its verifiers',
    seed: 13,
    file: 'revocations/lease/node.ts',
    from: 'Math.min(this.log.applied, this.subLeases.acked())',
    to: 'Math.min(this.log.applied, Number.POSITIVE_INFINITY)',
  },
  {
    name: 'an answer that does not wait for the verifiers of its own node',
    seed: 5,
    file: 'revocations/propagation.ts',
    from: 'node.subLeases.acked() >= seq',
    to: 'node.subLeases.acked() >= 0',
  },
  {
    name: 'waiting less than a lease for a verifier that keeps polling',
    seed: 27,
    file: 'revocations/propagation.ts',
    from: 'const verifiersEnd = clock.monotonic() + waitOutMs(leaseMs)',
    to: 'const verifiersEnd = clock.monotonic() + 0.5 * waitOutMs(leaseMs)',
  },
  {
    name: 'a single server that does not record that it lends',
    seed: 1,
    file: 'revocations/lease/node.ts',
    from: 'await port.lend(this.#id, leaseMs)',
    to: 'if (leaseMs < 0) await port.lend(this.#id, leaseMs)',
    isAlone: true,
  },
  {
    name: 'a token that a node looks up by its first id only',
    seed: 1,
    file: 'revocations/log/known-log.ts',
    from: 'ids.some((id) => this.revokedIds.has(id))',
    to: "this.revokedIds.has(ids[0] ?? '')",
  },
  {
    name: 'a token that a verifier looks up by its first id only',
    seed: 1,
    file: 'sdk/verify/src/revoked-ids.ts',
    from: 'at < ids.length; at++',
    to: 'at < 1; at++',
  },
  {
    name: 'a commit of which a node applies only the last id',
    seed: 1,
    file: 'revocations/log/known-log.ts',
    from: `if (head <= this.#applied) return
    this.revokedIds.add(entries)`,
    to: `if (head <= this.#applied) return
    this.revokedIds.add(entries.slice(-1))`,
  },
  {
    name: 'a restarted node under the same id that has forgotten its verifiers',
    seed: 12,
    file: 'revocations/lease/node.ts',
    from: 'const id = randomId(random)',
    to: "const id = random === undefined ? '' : name",
  },
  {
    name: 'a leaving node that ignores the leases of its verifiers',
    seed: 4,
    file: 'revocations/lease/node.ts',
    from: 'const isFree = this.subLeases.acked() === Number.POSITIVE_INFINITY',
    to: 'const isFree = true',
  },
  {
    name: 'a verifier whose lease counts from the reply instead of the request',
    seed: 1,
    file: 'sdk/verify/src/feed.ts',
    from: 'this.#extend(leaseFrom(sentAt, answer.leaseMs))',
    to: 'this.#extend(leaseFrom(this.#read(), answer.leaseMs))',
  },
  {
    name: 'a verifier whose lease survives a suspension of its machine',
    seed: 28,
    file: 'sdk/verify/src/lease.ts',
    from: 'return Math.abs(now - monotonic - lease.wallAhead) > suspendToleranceMs',
    to: 'return Math.abs(now - monotonic - lease.wallAhead) > 1e9 * suspendToleranceMs',
  },
  {
    name: 'a verifier whose lease survives a suspension hidden by a step of the wall clock',
    seed: 303,
    file: 'sdk/verify/src/lease.ts',
    from: 'Math.abs(now - monotonic - lease.wallAhead)',
    to: '(now - monotonic - lease.wallAhead)',
  },
  {
    name: 'accepting an acknowledgement of entries that the node has not applied',
    seed: 5,
    file: 'revocations/lease/poll.ts',
    from: 'node.subLeases.ack(holder, Math.min(ack, node.log.applied))',
    to: 'node.subLeases.ack(holder, Math.max(ack, node.log.applied))',
  },
]
