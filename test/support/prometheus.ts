import assert from 'node:assert/strict'
import { clientAt } from '#test/support/client.ts'

export type Sample = {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}
type Family = { readonly kind: string; readonly help: string; readonly samples: readonly Sample[] }

/** The metrics of a server at one moment. */
export type Numbers = {
  readonly text: string
  readonly families: ReadonlyMap<string, Family>
  /** The value of the series with this name and these labels; 0 if there is none yet. */
  of(name: string, labels?: Record<string, string>): number
}

export async function numbersAt(url: string): Promise<Numbers> {
  const { status, text } = await clientAt(url).get('/metrics')
  assert.equal(status, 200, text)
  return numbersIn(text)
}

/**
 * Parses the text format (https://prometheus.io/docs/instrumenting/exposition_formats) strictly, and fails on
 * anything that does not belong there.
 */
export function numbersIn(text: string): Numbers {
  assert.ok(text.endsWith('\n'), 'the last line must end')
  const families = new Map<string, { kind: string; help: string; samples: Sample[] }>()
  let current = ''
  for (const line of text.split('\n')) {
    if (line === '') continue
    const [, word, name = '', rest = ''] = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.*)$/.exec(line) ?? []
    if (word === 'HELP') {
      assert.ok(!families.has(name), `${name} is described twice`)
      families.set(name, { kind: '', help: rest, samples: [] })
      current = name
    } else if (word === 'TYPE') {
      const family = families.get(name)
      assert.ok(family && name === current && /^(counter|gauge|histogram)$/.test(rest), line)
      family.kind = rest
    } else families.get(current)?.samples.push(sampleIn(line, current)) ?? assert.fail(line)
  }
  for (const [name, { kind, samples }] of families) {
    assertOnce(samples)
    if (kind === 'histogram') assertHistogram(name, samples)
    if (kind === 'counter') for (const { value } of samples) assert.ok(value >= 0, name)
  }
  return { text, families, of: (name, labels = {}) => seriesOf(families, name, labels) }
}

function sampleIn(line: string, family: string): Sample {
  const [, name = '', inside = '', number = ''] =
    /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? assert.fail(`not a sample: ${line}`)
  const isOfFamily = [family, `${family}_bucket`, `${family}_sum`, `${family}_count`].includes(name)
  assert.ok(isOfFamily, `${name} is listed under ${family}`)
  const pairs = [...inside.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/gy)]
  assert.equal(pairs.map(([whole]) => whole).join(''), inside, line)
  const value = number === '+Inf' ? Number.POSITIVE_INFINITY : Number(number)
  assert.ok(!Number.isNaN(value), line)
  return { name, labels: Object.fromEntries(pairs.map(([, label, value = '']) => [label, value])), value }
}

function assertOnce(samples: readonly Sample[]): void {
  const ids = samples.map(idOf)
  assert.deepEqual(
    ids.filter((id, at) => ids.indexOf(id) !== at),
    [],
  )
}

/** The buckets are cumulative, and the last one is the count. */
function assertHistogram(name: string, samples: readonly Sample[]): void {
  for (const count of samples.filter((sample) => sample.name === `${name}_count`)) {
    const own = samples.filter(({ labels: { le: _, ...labels } }) => isSame(labels, count.labels))
    const buckets = own.filter((sample) => sample.name === `${name}_bucket`)
    const bounds = buckets.map(({ labels: { le = '' } }) => (le === '+Inf' ? Infinity : Number(le)))
    const values = buckets.map(({ value }) => value)
    assert.deepEqual(
      [bounds, values],
      [bounds, values].map((list) => list.toSorted((a, b) => a - b)),
      name,
    )
    assert.deepEqual([bounds.at(-1), values.at(-1)], [Infinity, count.value], name)
    assert.ok(own.some((sample) => sample.name === `${name}_sum`))
  }
}

function seriesOf(families: Numbers['families'], name: string, labels: Record<string, string>): number {
  const family = families.get(name.replace(/_(?:count|sum)$/, '')) ?? families.get(name)
  assert.ok(family, `there is no metric ${name}`)
  return family.samples.find((one) => one.name === name && isSame(one.labels, labels))?.value ?? 0
}

function isSame(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  return idOf({ name: '', labels: one }) === idOf({ name: '', labels: other })
}

function idOf({ name, labels }: Pick<Sample, 'name' | 'labels'>): string {
  return JSON.stringify([name, Object.entries(labels).toSorted()])
}
