import { parseArgs } from 'node:util'
import { type Check, checks, type Expected } from './checks.ts'
import { type Found, look } from './pan.ts'

/** Checks everything, two at a time, with a line for each as it is done. Gives the exit code. */
async function proveAll(isWide: boolean): Promise<number> {
  const left = checks({ isWide })
  const all = left.length
  let surprises = 0
  say(['model', 'size', 'rule dropped, or what must be possible', 'states', 'seconds', 'result'])
  const work = async () => {
    for (let check = left.shift(); check; check = left.shift()) {
      const found = await look(check)
      if (found.surprise !== undefined) surprises++
      say(columnsOf(check, found))
    }
  }
  await Promise.all([work(), work()])
  process.stdout.write(`\n${all} checks, ${surprises === 0 ? 'no surprise' : `SURPRISES: ${surprises}`}\n`)
  return surprises === 0 ? 0 : 1
}

/** Prints the steps of one counterexample, or of what must be possible. */
async function tell(name: string): Promise<number> {
  const isAsked = (check: Check) => check.name === name.toUpperCase().replaceAll(/\W/g, '_')
  const told = checks({ isWide: false }).filter(isAsked)
  for (const check of told) {
    const { story, surprise } = await look(check)
    process.stdout.write(`${check.model}, ${check.size}:\n${story.map((line) => `  ${line}\n`).join('')}`)
    if (surprise !== undefined) process.stdout.write(`  ${surprise}\n`)
  }
  if (told.length > 0) return 0
  const names = new Set(checks({ isWide: false }).flatMap((check) => check.name ?? []))
  process.stderr.write(`There is no ${name}. There are: ${[...names].join(', ')}\n`)
  return 1
}

const results: Record<Expected, string> = {
  holds: 'holds',
  counterexample: 'counterexample',
  seen: 'seen',
  always: 'always answered',
  cycle: 'never answered',
}

function columnsOf(
  { model, size, name, expected }: Check,
  { states, seconds, story, surprise }: Found,
): string[] {
  const steps = story.length > 0 ? `, ${story.length} steps` : ''
  const result = surprise === undefined ? `${results[expected]}${steps}` : `SURPRISE: ${surprise}`
  const words = name === undefined ? '-' : name.toLowerCase().replaceAll('_', ' ')
  return [model, size, words, states.toLocaleString('en'), seconds.toFixed(1), result]
}

function say([model = '', size = '', name = '', states = '', seconds = '', result = '']: string[]): void {
  const left = `${model.padEnd(9)} ${size.padEnd(41)} ${name.padEnd(39)}`
  process.stdout.write(`${left} ${states.padStart(10)} ${seconds.padStart(8)}  ${result}\n`)
}

const { values } = parseArgs({
  options: { wide: { type: 'boolean', default: false }, story: { type: 'string' } },
})
process.exitCode = values.story === undefined ? await proveAll(values.wide) : await tell(values.story)
