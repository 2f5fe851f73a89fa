import { isAmid, type Report } from '#faults/checker.ts'
import { type Revocation, revocationKinds, tokenKinds } from '#faults/history.ts'
import type { Tried } from '#faults/trial.ts'

const maxReported = 12

/** The report of a run, as text. */
export function summaryOf({ report, history, seconds }: Tried): string {
  const { counts, availability, violations, accidents, shortages } = report
  const errors = history.errors.map(({ name }) => name)
  const amid = history.revocations.filter((one) => isAmid(one, history.errors))
  return [
    `${seconds.toFixed(0)} s, ${history.errors.length} faults: ${tally(errors)}`,
    '',
    'Revocations        answered   p50 ms   p99 ms   max ms   refused   unknown',
    ...revocationKinds.map((kind) => {
      const all = history.revocations.filter((one) => one.kind === kind)
      const rest = ['refused', 'unknown'].map((outcome) => cell(counts[`${kind} ${outcome}`] ?? 0, 10))
      return waitsOf(kind, all) + rest.join('')
    }),
    waitsOf('amid faults', amid),
    waitsOf(
      'otherwise',
      history.revocations.filter((one) => !amid.includes(one)),
    ),
    '',
    'Verifications      accepted    refused  undecided     of those certainly good and far from faults',
    ...availability.map(({ judge, asked, accepted }) => {
      const seen = ['accepted', 'refused', 'undecided'].map((what) => counts[`${judge} ${what}`] ?? 0)
      const share = asked === 0 ? 'none' : `${((100 * accepted) / asked).toFixed(3)} % of ${asked}`
      return `  ${judge.padEnd(14)} ${seen.map((count) => cell(count, 11)).join('')}   ${share} accepted`
    }),
    '',
    'By kind            accepted    refused    undecided   certainly good   refused after the answer',
    ...tokenKinds.map((kind) => {
      const of = (what: string) => counts[`${kind} tokens ${what}`] ?? 0
      const seen = ['accepted', 'refused', 'undecided'].map((what) => cell(of(what), 11))
      const rest = ['certainly good', 'refused when dead'].map((what) => cell(of(what), 17))
      return `  ${kind.padEnd(14)} ${seen.join('')} ${rest.join(' ')}`
    }),
    '',
    `Refreshes: ${Object.entries(counts)
      .filter(([name]) => name.startsWith('refresh '))
      .map(([name, count]) => `${name.slice(8)} ${count}`)
      .sort()
      .join(', ')}`,
    ...told('PROMISES BROKEN', violations),
    ...told('ACCIDENTS', accidents),
    ...told('TOO LITTLE SEEN', shortages),
    isPass(report) ? 'Every promise was held.' : 'FAILED',
  ].join('\n')
}

function waitsOf(name: string, revocations: readonly Revocation[]): string {
  const answered = revocations.filter(({ outcome }) => outcome === 'acknowledged')
  const waits = answered.map(({ begin, end }) => end - begin).sort((a, b) => a - b)
  const parts = [0.5, 0.99, 1].map((part) => waits[Math.floor(part * (waits.length - 1))] ?? 0)
  const cells = parts.map((wait) => cell(wait.toFixed(1), 9))
  return `  ${name.padEnd(16)} ${cell(waits.length, 8)}${cells.join('')}`
}

export function isPass({ violations, accidents, shortages }: Report): boolean {
  return violations.length + accidents.length + shortages.length === 0
}

function told(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return []
  const more = lines.length > maxReported ? [`  and ${lines.length - maxReported} more`] : []
  return [`${title} (${lines.length}):`, ...lines.slice(0, maxReported).map((line) => `  ${line}`), ...more]
}

function tally(names: readonly string[]): string {
  const counts = Map.groupBy(names, (name) => name)
  return [...counts]
    .map(([name, all]) => `${name} ${all.length}`)
    .sort()
    .join(', ')
}

function cell(value: string | number, width: number): string {
  return String(value).padStart(width)
}
