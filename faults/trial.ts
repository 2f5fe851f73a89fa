import { setTimeout } from 'node:timers/promises'
import { quietWithApps, restlessWithApps } from '#faults/app-habits.ts'
import { useApps } from '#faults/app-users.ts'
import { type Appetite, planned, unleash } from '#faults/chaos.ts'
import { check, type Demands, type Report } from '#faults/checker.ts'
import { liveHere, quiet, restless } from '#faults/clients.ts'
import { type Cluster, nodeNames, startCluster, verifierNames } from '#faults/cluster.ts'
import { type History, monotonicMs, newHistory } from '#faults/history.ts'
import { Judges } from '#faults/judges.ts'
import { Scene } from '#faults/scene.ts'
import { chanceFrom } from '#test/crash/chance.ts'

/** How many users have sessions alone, and how many use apps. The first of each ends nothing. */
export type Crowd = { readonly sessions: number; readonly apps: number }

export type Trial = {
  /** The source tree to test. */
  readonly root: URL
  readonly seed: number
  readonly seconds: number
  readonly appetite?: Appetite
  readonly crowd?: Crowd
  readonly demands: Demands
  readonly ended: AbortSignal
}

/** Counts that a run of this length exceeds several times over, even on a busy machine. */
export function demandsOf(seconds: number): Demands {
  const nodes = nodeNames.flatMap((name) => [
    [`${name} accepted`, 5],
    [`${name} refused`, 5],
    [`${name} certainly good`, 1],
  ])
  const verifiers = Object.keys(verifierNames).flatMap((name) => [
    [`${name} accepted`, 20],
    [`${name} refused`, 20],
    [`${name} certainly good`, 2],
  ])
  const rates: Record<string, number> = {
    ...Object.fromEntries([...nodes, ...verifiers]),
    'logout acknowledged': 1,
    'logout_all acknowledged': 0.6,
    'role acknowledged': 0.4,
    'disable acknowledged': 0.15,
    'reuse acknowledged': 0.08,
    'refresh once done': 2,
    'refresh twice done': 0.8,
    'refresh replay refused': 0.06,
    'rights of apps acknowledged': 0.05,
    ...Object.fromEntries(ofApps.flatMap((kind) => kindRates(kind))),
    audits: 0.01,
    'answered amid faults': 1,
    errors: 0.2,
  }
  return Object.fromEntries(Object.entries(rates).map(([name, rate]) => [name, Math.ceil(rate * seconds)]))
}

const ofApps = ['app', 'bound', 'exchanged', 'ticket'] as const

/** Of every kind some are used, and some are seen to be rejected after an answer. */
function kindRates(kind: (typeof ofApps)[number]): [string, number][] {
  return [
    [`${kind} tokens certainly good`, 0.1],
    [`${kind} tokens refused when dead`, 0.05],
  ]
}

export type Tried = { readonly report: Report; readonly history: History; readonly seconds: number }

/** Few with apps, because every sign-in to an app takes many calls. */
const usualCrowd: Crowd = { sessions: 7, apps: 4 }
const lookedAtLast = 100
const auditEveryMs = 30_000

/** A whole run, from the first process to the last, over its whole time. */
export function runTrial(trial: Trial): Promise<Tried> {
  return run(trial, () => false)
}

/** The same, only until something is wrong. */
export function runUntilWrong(trial: Omit<Trial, 'demands'>): Promise<Tried> {
  return run({ ...trial, demands: {} }, (history) => check(history, {}).violations.length > 0)
}

async function run(trial: Trial, isEnough: (history: History) => boolean): Promise<Tried> {
  const { root, seed, seconds, appetite, crowd = usualCrowd, demands, ended } = trial
  const history = newHistory()
  const cluster = await startCluster(root, history)
  try {
    history.began = monotonicMs()
    const judges = new Judges(cluster, history)
    const scene = new Scene(cluster, history, judges)
    const over = new AbortController()
    const acting = [
      ...everybody(seed, crowd).map((somebody) => liveHere(scene, somebody, over.signal)),
      ...withApps(seed, crowd).map((somebody) => useApps(scene, somebody, over.signal)),
      verifyAudits(cluster, history, over.signal),
      ...cluster.nodes.map((node, i) => judges.watch(node, chanceFrom(seed - i - 1), over.signal)),
    ]
    const plan = planned(chanceFrom(seed), seconds, appetite)
    const breaking = unleash(plan, { cluster, history, broken: scene.broken }, over.signal)
    const passed = () => (monotonicMs() - history.began) / 1000
    while (passed() < seconds && !ended.aborted && !isEnough(history)) await setTimeout(250)
    over.abort()
    await Promise.all([...acting, breaking])
    // Repeated after recovery, when most of the nodes have been restarted.
    judges.pounce(history.tokens.slice(-lookedAtLast).map(({ id }) => id))
    await judges.awaitPropagation()
    await verifyAudit(cluster, history)
    return { report: check(history, demands), history, seconds: passed() }
  } finally {
    await cluster.stop()
  }
}

function everybody(seed: number, { sessions }: Crowd) {
  return Array.from({ length: sessions }, (_, i) => {
    const habits = i === 0 ? quiet : restless
    return { name: `person-${i}`, habits, chance: chanceFrom(seed + i + 1) }
  })
}

function withApps(seed: number, { sessions, apps }: Crowd) {
  return Array.from({ length: apps }, (_, i) => {
    const habits = i === 0 ? quietWithApps : restlessWithApps
    return { name: `app-user-${i}`, habits, chance: chanceFrom(seed + sessions + i + 1) }
  })
}

/** Repeatedly, from a separate process. Returns nothing while the database is unavailable. */
async function verifyAudits(cluster: Cluster, history: History, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    await setTimeout(auditEveryMs, undefined, { signal: ended }).catch(() => {})
    if (!ended.aborted) await verifyAudit(cluster, history)
  }
}

async function verifyAudit(cluster: Cluster, { audits }: History): Promise<void> {
  const { code, stdout } = await cluster.command(['audit', 'verify', '--json'])
  if (code === 0) audits.push('whole')
  else if (stdout.includes('audit_broken')) audits.push({ broken: stdout.trim() })
}
