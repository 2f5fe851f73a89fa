import { median } from '#bench/measure.ts'
import { openSeeded, type Seeded } from '#bench/seeded.ts'
import { appTimes } from '#bench/size-apps.ts'
import { callRates } from '#bench/size-calls.ts'
import { adminBrowser, adminPaths, pageTimes } from '#bench/size-pages.ts'

/**
 * Measures a large and a small database alternately. Both are data folders that bench/seed.ts has
 * filled. Usage: ROUNDS=15 node bench/size.ts SMALL BIG [calls|apps|pages ...]
 */
const rounds = Number(process.env.ROUNDS ?? 15)
const [smallFolder = '', bigFolder = '', ...parts] = process.argv.slice(2)
const small = await openSeeded(smallFolder)
const big = await openSeeded(bigFolder)
const print = (line: string) => void process.stdout.write(`${line}\n`)
const isWanted = (part: string) => parts.length === 0 || parts.includes(part)

type Both = Record<'small' | 'big', Record<string, number>[]>

/** The first round fills caches and prepares statements; its times are shown beside the others for pages. */
async function byTurns(measure: (seeded: Seeded) => Promise<Record<string, number>>): Promise<Both> {
  const seen: Both = { small: [], big: [] }
  for (let round = -1; round < rounds; round++) {
    seen.small.push(await measure(small))
    seen.big.push(await measure(big))
  }
  return seen
}

/** How much slower the large database is: the median of the rounds, with its range. */
function linesOf({ small, big }: Both, unit: '/s' | 'ms'): string[] {
  return Object.keys(small[0] ?? {}).map((name) => {
    const [ones, others] = [small, big].map((all) => all.slice(1).map((round) => round[name] ?? Number.NaN))
    const ratios = (others ?? []).map((value, round) => {
      const ratio = value / (ones?.[round] ?? Number.NaN)
      return unit === '/s' ? 1 / ratio : ratio
    })
    const range = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`
    const values = [ones, others].map((all) => `${median(all ?? []).toPrecision(3)} ${unit}`)
    return `| ${name} | ${values.join(' | ')} | ${median(ratios).toFixed(2)} (${range}) |`
  })
}

try {
  print(`${big.users} users beside ${small.users} on ${big.world.db.dialect}, ${rounds} rounds\n`)
  print('| | small | large | slower by: median (range) |\n|---|---|---|---|')
  if (isWanted('calls')) print(linesOf(await byTurns(callRates), '/s').join('\n'))
  if (isWanted('apps')) print(linesOf(await byTurns(appTimes), 'ms').join('\n'))
  if (isWanted('pages')) {
    const browsers = new Map([
      [small, await adminBrowser(small)],
      [big, await adminBrowser(big)],
    ])
    const paths = new Map([
      [small, await adminPaths(small)],
      [big, await adminPaths(big)],
    ])
    const seen = await byTurns(async (seeded) => {
      const browser = browsers.get(seeded)
      if (!browser) throw new Error('No administrator is signed in')
      return pageTimes(seeded, browser, paths.get(seeded) ?? {})
    })
    print(
      '\n| page | small | large | ratio | large, first view | large, slowest |\n|---|---|---|---|---|---|',
    )
    for (const line of linesOf(seen, 'ms')) {
      const name = line.split('|')[1]?.trim() ?? ''
      const [first, ...others] = seen.big.map((round) => round[name] ?? Number.NaN)
      print(`${line} ${first?.toFixed(0)} ms | ${Math.max(...others).toFixed(0)} ms |`)
    }
  }
} finally {
  await small.stop()
  await big.stop()
}
