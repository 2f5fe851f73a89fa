import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type MetricRow, metricNames, metricRow } from '#src/telemetry/metrics-table.ts'

const paths = [
  'docs/operating/observe.md',
  'docs/operating/runbook.md',
  'deploy/monitoring/alerts.yaml',
  'deploy/monitoring/grafana-dashboard.json',
]

/** Mentions of metrics, labels or values that do not exist. */
function wrongIn(text: string): string[] {
  const named = [...text.matchAll(/\b((?:sigil|process|nodejs)_[a-z_]+)\b(?:\{([^}]*)\})?/g)]
  return named.flatMap(([whole, name = '', inside = '']) => {
    const row = rowNamed(name)
    if (!row) return [whole]
    const matched = [...inside.matchAll(/(\w+)[!=]=?~?"([^"]*)"/g)]
    const isRead = matched.map(([one]) => one).join(',') === inside
    const isFit = matched.every(([, label = '', values = '']) => values.split('|').every(fits(row, label)))
    return isRead && isFit ? [] : [whole]
  })
}

function rowNamed(name: string): MetricRow | undefined {
  const own = metricNames.find((one) => one === name)
  if (own) return metricRow(own)
  const family = metricNames.find((one) => one === name.replace(/_(?:bucket|sum|count)$/, ''))
  const row = family && metricRow(family)
  return row?.kind === 'histogram' ? row : undefined
}

function fits({ labels }: MetricRow, label: string): (value: string) => boolean {
  const values = labels[label]
  return (value) => values !== undefined && (typeof values === 'string' || values.includes(value))
}

test('pages, alerts and the dashboard for operators name only existing metrics, labels and values', () => {
  for (const path of paths)
    assert.deepEqual(wrongIn(readFileSync(path, 'utf8').replaceAll('\\"', '"')), [], path)
})

test('every alert has a unique name and a section in the runbook', () => {
  const alerts = readFileSync('deploy/monitoring/alerts.yaml', 'utf8')
  const names = [...alerts.matchAll(/- alert: (\w+)/g)].map(([, name]) => name)
  assert.equal(new Set(names).size, names.length)
  const headings = readFileSync('docs/operating/runbook.md', 'utf8').matchAll(/^## (.+)$/gm)
  const anchors = [...headings].map(([, heading = '']) => heading.toLowerCase().replaceAll(' ', '-'))
  const linked = [...alerts.matchAll(/runbook\.md#([\w-]+)/g)].map(([, anchor = '']) => anchor)
  assert.equal(linked.length, names.length)
  assert.deepEqual(
    linked.filter((anchor) => !anchors.includes(anchor)),
    [],
  )
})

test('an unknown metric, label or value in the page is reported', () => {
  const wrong = [
    'sigil_refresh_total',
    'sigil_hash_queue_length_count',
    'sigil_refreshes_total{result="reused"}',
    'sigil_refreshes_total{outcome="stolen"}',
    'sigil_sign_ins_total{reason=~"limited|tired"}',
    'sigil_http_seconds_count{status=5xx}',
  ]
  for (const text of wrong) assert.deepEqual(wrongIn(`rate(${text}[5m])`), [text])
  assert.deepEqual(wrongIn('rate(sigil_http_seconds_bucket{route!="/a",status="5xx"}[1m])'), [])
})
