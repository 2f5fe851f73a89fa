import { createRequire } from 'node:module'
import type * as Prometheus from 'prom-client'
import type { Clock } from '#src/platform/clock.ts'
import { type MetricName, metricNames, metricRow, type metricRows } from '#src/telemetry/metrics-table.ts'

// By its parts: the whole also loads gateways, clusters and sketches, 1 MB that nothing here needs.
const load = createRequire(import.meta.url)
const Counter: typeof Prometheus.Counter = load('prom-client/lib/counter.js')
const Gauge: typeof Prometheus.Gauge = load('prom-client/lib/gauge.js')
const Histogram: typeof Prometheus.Histogram = load('prom-client/lib/histogram.js')
const Registry: typeof Prometheus.Registry = load('prom-client/lib/registry.js')
type Counter = Prometheus.Counter

type Rows = typeof metricRows

type NameOf<Kind> = { [Name in MetricName]: Rows[Name]['kind'] extends Kind ? Name : never }[MetricName]

/** The labels of a metric, each with the values that its row allows. */
export type LabelsOf<Name extends MetricName> = {
  readonly [Label in keyof Rows[Name]['labels']]: Rows[Name]['labels'][Label] extends readonly (infer Value)[]
    ? Value
    : string
}

/** What happened, in numbers: beside the log, and like it part of the world. */
export type Metrics = {
  count<Name extends NameOf<'counter'>>(name: Name, labels: LabelsOf<Name>, by?: number): void
  observe<Name extends NameOf<'histogram'>>(name: Name, labels: LabelsOf<Name>, seconds: number): void
  /**
   * For what is known anyway: it is looked up when somebody asks, and costs nothing until then. Undefined is
   * left out.
   */
  read<Name extends NameOf<'counter' | 'gauge'>>(
    name: Name,
    labels: LabelsOf<Name>,
    look: () => number | undefined,
  ): void
  /** All of it, in the text format of Prometheus. */
  text(): Promise<string>
}

/** https://prometheus.io/docs/instrumenting/exposition_formats */
export const metricsMediaType = 'text/plain; version=0.0.4; charset=utf-8'

type Labels = Readonly<Record<string, string>>
type Look = { readonly labels: Labels; readonly look: () => number | undefined }

/** One per world, so that two servers in one process count apart. */
export function openMetrics(clock: Clock): Metrics {
  const registry = new Registry()
  const counters = new Map<string, Counter>()
  const histograms = new Map<string, Prometheus.Histogram>()
  const looks = new Map<string, Look[]>(metricNames.map((name) => [name, []]))
  for (const name of metricNames) {
    const { kind, help, labels, buckets } = metricRow(name)
    const common = { name, help: help, labelNames: Object.keys(labels), registers: [registry] }
    const looked = looks.get(name) ?? []
    if (kind === 'counter') counters.set(name, counterOf(common, labels, looked))
    else if (kind === 'gauge') new Gauge({ ...common, collect: collected(looked) })
    else histograms.set(name, new Histogram({ ...common, buckets: [...(buckets ?? [])] }))
  }
  const metrics: Metrics = {
    count: (name, labels, by = 1) => counters.get(name)?.inc(labels as Labels, by),
    observe: (name, labels, seconds) => histograms.get(name)?.observe(labels as Labels, seconds),
    read: (name, labels, look) => void looks.get(name)?.push({ labels: labels as Labels, look }),
    text: () => registry.metrics(),
  }
  readProcess(metrics, clock)
  return metrics
}

type Common = { name: string; help: string; labelNames: string[]; registers: Prometheus.Registry[] }

/** A series that begins with its first event hides that event from `increase`: so it begins with 0. */
function counterOf(
  common: Common,
  labels: Readonly<Record<string, readonly string[] | string>>,
  looked: readonly Look[],
): Counter {
  const counter = new Counter({
    ...common,
    collect() {
      if (looked.length === 0) return
      this.reset()
      for (const { labels, look } of looked) this.inc(labels, look() ?? 0)
    },
  })
  const [only, ...others] = Object.entries(labels)
  if (!only || others.length > 0) return counter
  const [label, values] = only
  if (typeof values !== 'string') for (const value of values) counter.inc({ [label]: value }, 0)
  return counter
}

function collected(looked: readonly Look[]) {
  return function (this: Prometheus.Gauge): void {
    this.reset()
    for (const { labels, look } of looked) {
      const value = look()
      if (value !== undefined) this.set(labels, value)
    }
  }
}

function readProcess(metrics: Metrics, clock: Clock): void {
  const startedAt = clock.now() / 1000 - process.uptime()
  metrics.read('process_start_time_seconds', {}, () => startedAt)
  metrics.read('process_resident_memory_bytes', {}, () => process.memoryUsage.rss())
  metrics.read('process_cpu_seconds_total', {}, () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  })
  metrics.read('nodejs_eventloop_active_seconds_total', {}, () => {
    return performance.eventLoopUtilization().active / 1000
  })
}
