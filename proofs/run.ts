import { parseArgs } from 'node:util'
import { allChecks, type Check, type Expected } from '#proofs/checks.ts'
import { type Found, look } from '#proofs/pan.ts'
import { rules } from '#proofs/rules.ts'

/** Runs every check and prints a line for each. Returns the exit code. */
async function proveAll(): Promise<number> {
  const checks = allChecks()
  const large = checks.filter(({ isLarge }) => isLarge)
  const small = checks.filter(({ isLarge }) => !isLarge)
  let surprises = 0
  const work = async (left: Check[]) => {
    for (let check = left.shift(); check; check = left.shift()) {
      const found = await look(check)
      if (found.surprise !== undefined) surprises++
      say(columnsOf(check, found))
    }
  }
  say(['rule dropped, or required possibility', 'result', 'steps', 'states', 'seconds', 'model, size'])
  await work(large)
  await Promise.all([work(small), work(small)])
  process.stdout.write(
    `\n${checks.length} checks, ${surprises === 0 ? 'no surprises' : `SURPRISES: ${surprises}`}\n`,
  )
  return surprises === 0 ? 0 : 1
}

/** Prints the steps of one counterexample, or of one required possibility. */
async function printSteps(name: string): Promise<number> {
  const named = allChecks().filter((check) => check.name === name)
  for (const check of named) {
    const { story, surprise } = await look(check)
    const title = `${check.about} (${check.model}, ${check.size})`
    process.stdout.write(`${title}:\n${story.map((line) => `  ${line}\n`).join('')}`)
    if (surprise !== undefined) process.stdout.write(`  ${surprise}\n`)
  }
  if (named.length > 0) return 0
  const names = new Set(allChecks().flatMap((check) => check.name ?? []))
  process.stderr.write(`Unknown name ${name}. Known names: ${[...names].join(', ')}\n`)
  return 1
}

const results: Record<Expected, string> = {
  holds: 'HOLDS in every state',
  counterexample: 'BREAKS',
  seen: 'possible',
  always: 'HOLDS',
  cycle: 'BREAKS: not after a process has died',
}

function columnsOf(
  { model, size, name, expected, about }: Check,
  { states, seconds, story, surprise }: Found,
): string[] {
  const breaks = Object.entries(rules).find(([rule]) => rule === name)?.[1].breaks
  const result = `${results[expected]}${breaks === undefined ? '' : `: ${breaks}`}`
  return [
    about,
    surprise === undefined ? result : `SURPRISE: ${surprise}`,
    story.length > 0 ? String(story.length) : '',
    states.toLocaleString('en'),
    seconds.toFixed(1),
    `${model}: ${size}`,
  ]
}

function say([about = '', result = '', steps = '', states = '', seconds = '', size = '']: string[]): void {
  const numbers = `${steps.padStart(5)} ${states.padStart(10)} ${seconds.padStart(7)}`
  process.stdout.write(`${about.padEnd(58)} ${result.padEnd(57)} ${numbers}  ${size}\n`)
}

const { values } = parseArgs({ options: { story: { type: 'string' } } })
process.exitCode = values.story === undefined ? await proveAll() : await printSteps(values.story)
