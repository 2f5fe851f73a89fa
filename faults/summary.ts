import type { Report } from '#faults/checker.ts'
import { revocationKinds } from '#faults/history.ts'
import type { Tried } from '#faults/trial.ts'

const mostTold = 12

/** What a person wants to know of a run. */
export function summaryOf({ report, history, seconds }: Tried): string {
  const { counts, availability, violations, accidents, shortages } = report
  const faults = history.faults.map(({ name }) => name)
  return [
    `${seconds.toFixed(0)} s, ${history.faults.length} faults: ${tally(faults)}`,
    '',
    'Revocations        answered   p50 ms   p99 ms   max ms   refused   unknown',
    ...revocationKinds.map((kind) => {
      const answered = history.revocations.filter(
        (one) => one.kind === kind && one.outcome === 'acknowledged',
      )
      const waits = answered.map(({ begin, end }) => end - begin).sort((a, b) => a - b)
      const at = (part: number) => cell((waits[Math.floor(part * (waits.length - 1))] ?? 0).toFixed(1), 9)
      const rest = ['refused', 'unknown'].map((outcome) => cell(counts[`${kind} ${outcome}`] ?? 0, 10))
      return `  ${kind.padEnd(16)} ${cell(answered.length, 8)}${at(0.5)}${at(0.99)}${at(1)}${rest.join('')}`
    }),
    '',
    'Verifications      accepted    refused  cannot tell   of those certainly good and far from faults',
    ...availability.map(({ judge, asked, accepted }) => {
      const seen = ['accepted', 'refused', 'undecided'].map((what) => counts[`${judge} ${what}`] ?? 0)
      const share = asked === 0 ? 'none' : `${((100 * accepted) / asked).toFixed(3)} % of ${asked}`
      return `  ${judge.padEnd(14)} ${seen.map((count) => cell(count, 11)).join('')}   ${share} accepted`
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
    isPass(report) ? 'Every promise was held.' : 'This run is no pass.',
  ].join('\n')
}

export function isPass({ violations, accidents, shortages }: Report): boolean {
  return violations.length + accidents.length + shortages.length === 0
}

function told(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return []
  const more = lines.length > mostTold ? [`  and ${lines.length - mostTold} more`] : []
  return [`${title} (${lines.length}):`, ...lines.slice(0, mostTold).map((line) => `  ${line}`), ...more]
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
