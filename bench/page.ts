import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { plotOf } from '#bench/plot.ts'
import { type Results, readResults } from '#bench/results.ts'
import { header, keeps, lineOf } from '#bench/row.ts'
import { type Subject, subjects } from '#bench/subjects.ts'

/**
 * Writes docs/benchmarks.md and its plots from what `make bench` has stored, and keeps the results beside it.
 * Usage: node bench/page.ts [RESULTS.json]
 */
const kept = 'docs/benchmarks.json'
const plots = 'docs/benchmarks'
const results = readResults(process.argv[2] ?? kept)

mkdirSync(plots, { recursive: true })
for (const file of readdirSync(plots)) rmSync(`${plots}/${file}`)
writeFileSync(kept, `${JSON.stringify(results, undefined, 2)}\n`)
writeFileSync('docs/benchmarks.md', pageOf(results))

function pageOf({ machine, rows, reports }: Results): string {
  const { day, processor, processors, memoryGb, node } = machine
  const missed = [...rows.filter((row) => !keeps(row)), ...reports.filter(({ isKept }) => !isKept)].length
  const some = missed === 1 ? 'One promise is missed' : `${missed} promises are missed`
  const outcome = missed === 0 ? 'All promises are kept.' : `${some}, and marked so below.`
  const intro = `# Benchmarks

<!-- Written by \`node bench/page.ts\` from docs/benchmarks.json. -->

Each number is a ratio between Sigil and a limit: the least that any implementation has to do for the
same answer. Both are measured alternately in the same minutes, so that a slow or busy machine slows both
down, and the ratio is the median of the rounds. A promise is a bound on that ratio, and \`make bench\`
fails where one is missed. Absolute numbers depend on the machine: these are from ${processors}
processors (${processor.trim()}) with ${memoryGb} GB of memory, Node ${node.slice(1)}, on ${day}.
${outcome}

To measure on your machine, stop other programs and run \`make bench\`, which takes about twelve minutes;
\`node bench/run.ts postgres\` runs one benchmark. \`node bench/page.ts .cache/benchmarks.json\` writes
this page from the results. In the plots, the bar is the median, the line is the range of the rounds,
and the mark is the promise.`
  const measured = new Set([...rows, ...reports].map(({ benchmark }) => benchmark))
  const sections = subjects
    .filter(({ benchmarks }) => benchmarks.some((name) => measured.has(name)))
    .map((subject) => sectionOf(subject, { rows, reports }))
  return `${[intro, ...sections].join('\n\n')}\n`
}

function sectionOf(
  { slug, title, benchmarks, about, why }: Subject,
  results: Pick<Results, 'rows' | 'reports'>,
): string {
  const isHere = ({ benchmark }: { benchmark: string }) => benchmarks.includes(benchmark)
  const rows = results.rows.filter(isHere)
  const parts = [`## ${title}`, about]
  if (rows.length > 0) {
    writeFileSync(`${plots}/${slug}.svg`, plotOf(title, rows))
    parts.push(`![${title}: ratios to the limits](benchmarks/${slug}.svg)`)
    parts.push([...header, ...rows.map(lineOf)].join('\n'))
  }
  for (const { text, isKept } of results.reports.filter(isHere))
    parts.push(wrapped(`${text}${isKept ? '' : ' MISSED'}`))
  if (why !== undefined) parts.push(why)
  return parts.join('\n\n')
}

/** In lines of the width of this page. */
function wrapped(text: string): string {
  return text.replace(/(.{1,110})(?: |$)/g, '$1\n').trim()
}
