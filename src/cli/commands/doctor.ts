import { exits, type LocalCommand, type Output } from '#src/cli/command.ts'
import { type Finding, linesOf, ok, warning, wrong } from '#src/cli/doctor/finding.ts'
import { modeToRead } from '#src/cli/running-mode.ts'
import { readSettings } from '#src/settings/settings.ts'
import { settingWarnings } from '#src/settings/warnings.ts'

const minNode = 24

export const doctor: LocalCommand = {
  name: 'doctor',
  summary: 'Check everything Sigil needs, with or without a running server, and print advice.',
  operands: [],
  flags: {
    dev: {
      kind: 'switch',
      summary: 'Read the settings as `sigil dev` does. Not needed beside a running server.',
    },
  },
  needs: 'nothing',
  run: async (args, { env }) => {
    const mode = await modeToRead(env, args)
    const read = readSettings(env, mode)
    const node = nodeFinding(process.version)
    if (read.kind === 'problems') {
      const advice =
        mode === 'development' ? '' : 'For the settings of `sigil dev`, run `sigil doctor --dev`.'
      return report([node, ...read.problems.map((problem) => wrong('settings', problem, advice))])
    }
    // Loaded here because other commands do not need it.
    const { examine } = await import('#src/cli/doctor/examine.ts')
    const unusual = settingWarnings(read.settings, mode)
    return report([
      node,
      ok('settings', `All settings are valid for ${mode}.`),
      ...unusual.map(({ check, message, advice }) => warning(check, message, advice)),
      ...(await examine(read.settings, env)),
    ])
  },
}

export function nodeFinding(version: string): Finding {
  const major = Number(/^v(\d+)\./.exec(version)?.[1] ?? 0)
  if (major >= minNode) return ok('node', `${version} is new enough.`)
  return wrong('node', `Sigil needs Node ${minNode} or newer, but this is ${version}.`, 'Run `make init`.')
}

function report(findings: readonly Finding[]): Output {
  const count = countOf(findings, 'wrong')
  return {
    exit: count === 0 ? exits.ok : exits.failed,
    lines: [...linesOf(findings), '', summaryOf(count, countOf(findings, 'warning'))],
    json: { ok: count === 0, findings: findings.map((one) => ({ ...one })) },
  }
}

function countOf(findings: readonly Finding[], verdict: Finding['verdict']): number {
  return findings.filter((one) => one.verdict === verdict).length
}

function summaryOf(wrongs: number, warnings: number): string {
  if (wrongs > 0) return wrongs === 1 ? '1 problem found.' : `${wrongs} problems found.`
  return warnings === 0 ? 'No problems found.' : 'No problems found. See the warnings marked with !.'
}
