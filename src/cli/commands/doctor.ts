import { exits, type LocalCommand, type Output } from '#src/cli/command.ts'
import { type Finding, linesOf, ok, wrong } from '#src/cli/doctor/finding.ts'
import { readSettings } from '#src/settings/settings.ts'

const minNode = 24

export const doctor: LocalCommand = {
  name: 'doctor',
  summary: 'Look at everything that Sigil needs, with or without a running server, and say what to do.',
  operands: [],
  flags: {
    dev: { kind: 'switch', summary: 'Read the settings as `sigil dev` does, not as `sigil start` does.' },
  },
  needs: 'nothing',
  run: async (given, { env }) => {
    const read = readSettings(env, given.dev ? 'development' : 'production')
    const node = nodeFinding(process.version)
    if (read.kind === 'problems') {
      const advice = given.dev ? '' : 'For `sigil dev` ask `sigil doctor --dev`.'
      return failureOf([node, ...read.problems.map((problem) => wrong('settings', problem, advice))])
    }
    // Loaded only here: the other commands need a tenth of it.
    const { examine } = await import('#src/cli/doctor/examine.ts')
    return failureOf([node, ok('settings', 'All can be read.'), ...(await examine(read.settings, env))])
  },
}

export function nodeFinding(version: string): Finding {
  const major = Number(/^v(\d+)\./.exec(version)?.[1] ?? 0)
  if (major >= minNode) return ok('node', `${version} is new enough.`)
  return wrong('node', `Sigil needs Node ${minNode} or newer, and this is ${version}.`, 'Run `make init`.')
}

function failureOf(findings: readonly Finding[]): Output {
  const count = countOf(findings, 'wrong')
  return {
    exit: count === 0 ? exits.ok : exits.failed,
    lines: [...linesOf(findings), '', sumOf(count, countOf(findings, 'warning'))],
    json: { ok: count === 0, findings: findings.map((one) => ({ ...one })) },
  }
}

function countOf(findings: readonly Finding[], sought: Finding['verdict']): number {
  return findings.filter(({ verdict }) => verdict === sought).length
}

function sumOf(wrongs: number, warnings: number): string {
  if (wrongs > 0) return wrongs === 1 ? '1 thing is wrong.' : `${wrongs} things are wrong.`
  return warnings === 0 ? 'Nothing is wrong.' : 'Nothing is broken. Look at what is marked with !.'
}
