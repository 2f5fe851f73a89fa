import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Planted, plantedBugs } from '#faults/planted.ts'
import { isPass, summaryOf } from '#faults/summary.ts'
import { demandsOf, runTrial, runUntilWrong, type Tried } from '#faults/trial.ts'
import { mutatedTree } from '#test/support/mutated-tree.ts'

/**
 * `make faults`: the servers as they are, for SIGIL_FAULTS_SECONDS, and then each planted bug until it is
 * caught. SIGIL_FAULTS_SEED repeats a schedule; SIGIL_FAULTS_PLANTED is a part of the names of the bugs to
 * plant, `none` for none.
 */
const seconds = Number(process.env.SIGIL_FAULTS_SECONDS ?? 120)
const seed = Number(process.env.SIGIL_FAULTS_SEED ?? Date.now()) >>> 0
const wanted = process.env.SIGIL_FAULTS_PLANTED ?? ''
const root = new URL('../', import.meta.url)
const maxSecondsPerBug = 90

const stopped = new AbortController()
process.on('SIGINT', () => stopped.abort()).on('SIGTERM', () => stopped.abort())
const ended = stopped.signal

say(`Three nodes, three verifiers, a PostgreSQL, ${seconds} s, SIGIL_FAULTS_SEED=${seed}\n`)
const tried = await runTrial({ root, seed, seconds, demands: demandsOf(seconds), ended })
say(`${summaryOf(tried)}\n`)
if (ended.aborted) say('Stopped before its time.')
else if (!isPass(tried.report)) keepHistory(tried)
for (const bug of plantedBugs.filter(({ name }) => name.includes(wanted))) {
  if (!ended.aborted && !(await isCaught(bug))) process.exitCode = 1
}
if (ended.aborted) process.exitCode = 1

/** To investigate the failure. */
function keepHistory({ history }: Tried): void {
  const file = fileURLToPath(new URL(`.cache/faults-${seed}.json`, root))
  writeFileSync(file, JSON.stringify(history))
  say(`The full history is in ${file}\n`)
  process.exitCode = 1
}

async function isCaught(bug: Planted): Promise<boolean> {
  const tree = mutatedTree(bug.name, bug)
  try {
    const { appetite, crowd } = bug
    const { report, seconds } = await runUntilWrong({
      root: tree.root,
      seed,
      seconds: maxSecondsPerBug,
      appetite,
      ...(crowd && { crowd }),
      ended,
    })
    const [first] = report.violations
    say(`Planted: ${bug.name}\n  ${first ? `caught within ${seconds.toFixed(1)} s: ${first}` : 'NOT CAUGHT'}`)
    return first !== undefined
  } finally {
    tree.remove()
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
