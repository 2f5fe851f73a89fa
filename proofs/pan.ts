import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Check, Expected } from '#proofs/checks.ts'

export type Found = {
  readonly states: number
  readonly seconds: number
  /** The actual result, if it was not expected. */
  readonly surprise?: string
  /** The steps of a counterexample or of a required possibility; empty if there is neither. */
  readonly story: readonly string[]
}

type Way = { readonly compile: readonly string[]; readonly run: readonly string[] }

// Every state is stored completely, without partial order reduction. Breadth-first search finds the shortest
// counterexample, usually before optimized code would pay off; depth first needs less memory where there is
// none.
const deep: Way = { compile: ['-O2', '-DSAFETY', '-DNOREDUCE'], run: ['-m1000000'] }
const broad: Way = { compile: ['-O0', '-DSAFETY', '-DNOREDUCE', '-DBFS'], run: [] }
const fair: Way = { compile: ['-O0', '-DNOREDUCE', '-DNFAIR=4'], run: ['-a', '-f', '-m1000000'] }

const ways: Record<Expected, Way> = {
  holds: deep,
  counterexample: broad,
  seen: broad,
  always: fair,
  cycle: fair,
}

/** The last step of a history that breaks the promise of a model. */
const broken: Record<Check['model'], RegExp> = {
  'revocation/nodes': / ACCEPTS id \d after its revocation was answered$/,
  'revocation/verifier': / ACCEPTS id \d after its revocation was answered$/,
  'revocation/placing': / ACCEPTS id \d after its revocation was answered$/,
  'audit/sealer':
    /^(?:the log was left alone and DOES NOT VERIFY|an event was deleted and the log VERIFIES)$/,
}

/** Two small ones run at a time, a large one alone: never more than 2 GB. */
const small = { compile: ['-DMEMLIM=900'], run: ['-w22'] }
const large = { compile: ['-DMEMLIM=1900'], run: ['-w25'] }
const maxMs = 30 * 60 * 1000

/** Has Spin search every state, in a temporary folder. */
export async function look(check: Check): Promise<Found> {
  const folder = await mkdtemp(join(tmpdir(), 'sigil-proof-'))
  try {
    return await lookIn(folder, check)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function lookIn(folder: string, check: Check): Promise<Found> {
  const { model, flags, expected, isLarge } = check
  const way = ways[expected]
  const size = isLarge ? large : small
  const file = `${basename(model)}.pml`
  await copyFile(join(import.meta.dirname, `${model}.pml`), join(folder, file))
  await outputOf(folder, 'spin', ['-a', ...flags, file])
  await outputOf(folder, 'gcc', ['-w', ...way.compile, ...size.compile, '-o', 'pan', 'pan.c'])
  const report = await outputOf(folder, './pan', [...way.run, ...size.run])
  const hasTrail = expected === 'counterexample' || expected === 'seen'
  const isReplayed = hasTrail && /errors: 1$/m.test(report)
  const story = isReplayed
    ? storyIn(await outputOf(folder, 'spin', ['-t', '-T', ...flags, file], [0, 1]))
    : []
  const surprise = surpriseIn(check, report, story)
  return {
    states: Number(/(\d+(?:\.\d+e[+]\d+)?) states, stored/.exec(report)?.[1] ?? Number.NaN),
    seconds: Number(/elapsed time ([\d.]+) seconds/.exec(report)?.[1] ?? Number.NaN),
    ...(surprise === undefined ? {} : { surprise }),
    story,
  }
}

/** How the report differs from the expected result; undefined if it does not. */
function surpriseIn(
  { expected, model }: Check,
  report: string,
  story: readonly string[],
): string | undefined {
  const errors = /errors: (\d+)$/m.exec(report)?.[1]
  const complaint = /^pan:\d+: (.*)$/m.exec(report)?.[1]
  const ending = story.at(-1) ?? ''
  if (errors === undefined) return `no result: ${report.trim().split('\n').at(-1)}`
  if (expected === 'holds' || expected === 'always') {
    if (errors !== '0') return complaint ?? 'an error'
    return /max search depth too small|not completed|out of memory/i.exec(report)?.[0]
  }
  if (errors === '0') return expected === 'seen' ? 'cannot happen' : 'holds without the rule'
  if (expected === 'cycle') return complaint?.startsWith('acceptance cycle') ? undefined : complaint
  const isEnding = expected === 'seen' ? ending === 'SEEN' : broken[model].test(ending)
  return isEnding ? undefined : `another error: ${complaint}, after "${ending}"`
}

/** What the model prints when the steps are replayed, up to the failing assertion. */
function storyIn(replay: string): string[] {
  const lines = replay.split('\n').map((line) => line.trim())
  const end = lines.findIndex((line) => /^spin: .*(?:Error|assertion)/.test(line))
  return lines.slice(0, end < 0 ? undefined : end).filter((line) => line !== '' && !line.startsWith('spin:'))
}

/** Returns the output of a program. Throws if it is not installed or exits with any other code. */
function outputOf(
  cwd: string,
  program: string,
  args: readonly string[],
  codes: readonly number[] = [0],
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd, timeout: maxMs, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      const code = error ? error.code : 0
      if (code === 'ENOENT') reject(new Error(`${program} was not found. Install spin and gcc.`))
      else if (typeof code === 'number' && codes.includes(code)) resolve(stdout)
      else reject(new Error(`${program} ${args.join(' ')} failed: ${error?.message}\n${stdout}${stderr}`))
    })
  })
}
