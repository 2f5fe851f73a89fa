import { setTimeout } from 'node:timers/promises'
import { type Cluster, type Machine, nodeNames, verifierNames } from '#faults/cluster.ts'
import { type Fault, type History, monotonicMs } from '#faults/history.ts'
import type { Chance } from '#test/crash/chance.ts'

export const breakages = ['kill', 'freeze', 'cut', 'stall', 'silence', 'slow'] as const
export type Breakage = (typeof breakages)[number]

/** `slowMs` is the delay of slow responses: up to about a lease. */
export type Planned = {
  readonly atMs: number
  readonly lastsMs: number
  readonly target: string
  readonly what: Breakage
  readonly slowMs: number
}

/** The relative frequency of each fault; a run may omit some of them. */
export type Appetite = Readonly<Record<'node' | 'verifier' | 'database', Partial<Record<Breakage, number>>>>

export const everything: Appetite = {
  node: { kill: 4, freeze: 6, cut: 4, stall: 5, silence: 5, slow: 5 },
  verifier: { kill: 1, freeze: 5, cut: 3, stall: 3, silence: 3, slow: 4 },
  database: { kill: 2, freeze: 3 },
}

/** The whole random schedule. A target that is still broken when its turn comes is skipped. */
export function planned(chance: Chance, seconds: number, appetite: Appetite = everything): Planned[] {
  const weights = Object.fromEntries(
    Object.entries(appetite).flatMap(([group, ways]) =>
      Object.entries(ways).map(([what, weight]) => [`${group} ${what}`, weight] as const),
    ),
  )
  const plan: Planned[] = []
  for (let atMs = 1000; atMs < seconds * 1000 - 3000; atMs += chance.between(700, 2600)) {
    const [group, what] = chance.oneOf(weights).split(' ') as [keyof Appetite, Breakage]
    const target = group === 'database' ? group : chance.oneOf(evenly(groups[group]))
    const lastsMs = chance.between(200, group === 'database' ? 2200 : 3000)
    plan.push({ atMs, lastsMs, target, what, slowMs: chance.between(50, 1000) })
  }
  return plan
}

const groups = { node: nodeNames, verifier: Object.keys(verifierNames) }

/**
 * Injects the planned faults on schedule, and repairs them. When it resolves, everything is repaired; it
 * resolves early if it is stopped.
 */
export async function unleash(
  plan: readonly Planned[],
  { cluster, history, broken }: { cluster: Cluster; history: History; broken: Set<string> },
  ended: AbortSignal,
): Promise<void> {
  const began = monotonicMs()
  const underWay: Promise<void>[] = []
  for (const step of plan) {
    await pause(began + step.atMs - monotonicMs(), ended)
    if (ended.aborted) break
    if (broken.has(step.target)) continue
    broken.add(step.target)
    const error = faultOf(step)
    history.errors.push(error)
    const done = breakAndMend(step, cluster, ended).finally(() => {
      error.end = monotonicMs()
      broken.delete(step.target)
    })
    underWay.push(done)
  }
  await Promise.all(underWay)
}

/** A verifier is affected by faults of the node that it polls, and everything by faults of the database. */
function faultOf({ target, what }: Planned): Fault {
  const pollers = Object.entries(verifierNames).filter(([, [node]]) => node === target)
  const everybody = [...nodeNames, ...Object.keys(verifierNames)]
  const judges = target === 'database' ? everybody : [target, ...pollers.map(([name]) => name)]
  return { name: `${what} ${target}`, judges, begin: monotonicMs(), end: Number.POSITIVE_INFINITY }
}

async function breakAndMend(step: Planned, cluster: Cluster, ended: AbortSignal): Promise<void> {
  const { target, what, lastsMs } = step
  const machine = [...cluster.nodes, ...cluster.verifiers].find(({ name }) => name === target)
  const ways = machine ? waysOf(machine, step, ended) : databaseWays(cluster)
  const { hurt, mend } = ways[what] ?? { hurt() {}, mend() {} }
  await hurt()
  await pause(lastsMs, ended)
  await mend()
}

type Way = { hurt(): Promise<void> | void; mend(): Promise<void> | void }

function waysOf({ program, proxy }: Machine, { slowMs }: Planned, ended: AbortSignal): Record<Breakage, Way> {
  return {
    kill: { hurt: () => program.kill(), mend: () => superviseStart(program, ended) },
    freeze: { hurt: () => program.freeze(), mend: () => program.thaw() },
    cut: { hurt: () => proxy.cut(), mend: () => proxy.mend() },
    stall: { hurt: () => proxy.pause(), mend: () => proxy.resume() },
    silence: { hurt: () => proxy.silence(), mend: () => proxy.resume() },
    slow: { hurt: () => proxy.delayAnswers(slowMs), mend: () => proxy.delayAnswers(0) },
  }
}

function databaseWays({ database }: Cluster): Partial<Record<Breakage, Way>> {
  return {
    kill: { hurt: () => database.crash(), mend: () => database.revive() },
    freeze: { hurt: () => database.freeze(), mend: () => database.thaw() },
  }
}

/** A process that cannot start because of another fault is started again. */
async function superviseStart(program: Machine['program'], ended: AbortSignal): Promise<void> {
  for (;;) {
    const isUp = await program.start().then(
      () => true,
      () => false,
    )
    if (isUp || ended.aborted) return
    await pause(100, ended)
  }
}

async function pause(ms: number, ended: AbortSignal): Promise<void> {
  if (ms > 0) await setTimeout(ms, undefined, { signal: ended }).catch(() => {})
}

function evenly(names: readonly string[]): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, 1]))
}
