import { createRequire } from 'node:module'
import type * as Prometheus from 'prom-client'
import type { Clock } from '#src/platform/clock.ts'
import { type MetricName, metricNames, metricRow, type metricRows } from '#src/telemetry/metrics-table.ts'

// Imported in parts, because the whole package also loads push gateways and clusters: 1 MB that Sigil does
// not need.
const load = createRequire(import.meta.url)
const Counter: typeof Prometheus.Counter = load('prom-client/lib/counter.js')
const Gauge: typeof Prometheus.Gauge = load('prom-client/lib/gauge.js')
const Histogram: typeof Prometheus.Histogram = load('prom-client/lib/histogram.js')
const Registry: typeof Prometheus.Registry = load('prom-client/lib/registry.js')
type Counter = Prometheus.Counter

type Rows = typeof metricRows

type NameOf<Kind> = { [Name in MetricName]: Rows[Name]['kind'] extends Kind ? Name : never }[MetricName]

/** The labels of a metric, with the values that its row allows. */
export type LabelsOf<Name extends MetricName> = {
  readonly [Label in keyof Rows[Name]['labels']]: Rows[Name]['labels'][Label] extends readonly (infer Value)[]
    ? Value
    : string
}

/** Counts events; like the log, a part of the world. */
export type Metrics = {
  count<Name extends NameOf<'counter'>>(name: Name, labels: LabelsOf<Name>, by?: number): void
  observe<Name extends NameOf<'histogram'>>(name: Name, labels: LabelsOf<Name>, seconds: number): void
  /** Registers a gauge that is read whenever the metrics are requested. Undefined omits the series. */
  read<Name extends NameOf<'counter' | 'gauge'>>(
    name: Name,
    labels: LabelsOf<Name>,
    value: () => number | undefined,
  ): void
  /** The buckets of a histogram without labels: how many values were at most `upTo`, cumulatively. */
  cumulative(name: NameOf<'histogram'>): Promise<readonly { readonly upTo: number; readonly count: number }[]>
  /** All metrics, in the text format of Prometheus. */
  text(): Promise<string>
}

/** https://prometheus.io/docs/instrumenting/exposition_formats */
export const metricsMediaType = 'text/plain; version=0.0.4; charset=utf-8'

type Labels = Readonly<Record<string, string>>
type Reading = { readonly labels: Labels; readonly value: () => number | undefined }

/** One per world, so that two servers in one process do not share counts. */
export function openMetrics(clock: Clock): Metrics {
  const registry = new Registry()
  const counters = new Map<string, Counter>()
  const histograms = new Map<string, Prometheus.Histogram>()
  const readings = new Map<string, Reading[]>(metricNames.map((name) => [name, []]))
  for (const name of metricNames) {
    const { kind, help, labels, buckets } = metricRow(name)
    const common = { name, help, labelNames: Object.keys(labels), registers: [registry] }
    const ownReadings = readings.get(name) ?? []
    if (kind === 'counter') counters.set(name, counterOf(common, labels, ownReadings))
    else if (kind === 'gauge') new Gauge({ ...common, collect: collectorOf(ownReadings) })
    else histograms.set(name, new Histogram({ ...common, buckets: [...(buckets ?? [])] }))
  }
  const metrics: Metrics = {
    count: (name, labels, by = 1) => counters.get(name)?.inc(labels as Labels, by),
    observe: (name, labels, seconds) => histograms.get(name)?.observe(labels as Labels, seconds),
    read: (name, labels, value) => void readings.get(name)?.push({ labels: labels as Labels, value }),
    cumulative: async (name) => bucketsOf(await histograms.get(name)?.get()),
    text: () => registry.metrics(),
  }
  readProcess(metrics, clock)
  return metrics
}

type Value = {
  readonly labels: Readonly<Partial<Record<string, string | number>>>
  readonly value: number
}

function bucketsOf(metric: { readonly values: readonly Value[] } | undefined) {
  const buckets = metric?.values.filter(({ labels }) => labels.le !== undefined) ?? []
  return buckets.map(({ labels, value }) => ({
    upTo: labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le),
    count: value,
  }))
}

type Common = { name: string; help: string; labelNames: string[]; registers: Prometheus.Registry[] }

/** Starts each series at 0: `increase` cannot see the event that creates a series. */
function counterOf(
  common: Common,
  labels: Readonly<Record<string, readonly string[] | string>>,
  readings: readonly Reading[],
): Counter {
  const counter = new Counter({
    ...common,
    collect() {
      if (readings.length === 0) return
      this.reset()
      for (const { labels, value } of readings) this.inc(labels, value() ?? 0)
    },
  })
  const [only, ...others] = Object.entries(labels)
  if (!only || others.length > 0) return counter
  const [label, values] = only
  if (typeof values !== 'string') for (const value of values) counter.inc({ [label]: value }, 0)
  return counter
}

function collectorOf(readings: readonly Reading[]) {
  return function (this: Prometheus.Gauge): void {
    this.reset()
    for (const { labels, value } of readings) {
      const now = value()
      if (now !== undefined) this.set(labels, now)
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
