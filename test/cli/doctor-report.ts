import type { Finding } from '#src/cli/doctor/finding.ts'
import type { Place } from '#test/support/engines.ts'
import { envOf, sigil } from '#test/support/sigil.ts'

export type Report = {
  readonly code: number | null
  readonly ok: boolean
  readonly findings: readonly Finding[]
}

/** The report of `sigil doctor` on a data folder or database, with additional settings. */
export async function reportOn(place: Place, env: Record<string, string> = {}): Promise<Report> {
  const { code, stdout } = await sigil(['doctor', '--dev', '--json'], { env: { ...envOf(place), ...env } })
  return { code, ...(JSON.parse(stdout) as Omit<Report, 'code'>) }
}

/** The findings of one check, as `verdict: message advice`. */
export function on(check: string, findings: readonly Finding[]): string {
  const found = findings.filter((one) => one.check === check)
  return found
    .map(({ verdict, message, advice }) => `${verdict}: ${message} ${advice ?? ''}`.trim())
    .join('\n')
}

export function wrongIn(findings: readonly Finding[]): string[] {
  return findings.filter(({ verdict }) => verdict === 'wrong').map(({ check }) => check)
}
