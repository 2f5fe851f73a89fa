import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { dirname } from 'node:path'
import type { Row } from '#bench/row.ts'

/** A result that is not a ratio: a sentence, and whether the promise in it was kept. */
export type Report = { readonly text: string; readonly isKept: boolean }

type Of<T> = T & { readonly benchmark: string }

/** The results of `make bench`, for programs. */
export type Results = {
  readonly machine: {
    readonly day: string
    readonly processor: string
    readonly processors: number
    readonly memoryGb: number
    readonly node: string
  }
  readonly rows: readonly Of<Row>[]
  readonly reports: readonly Of<Report>[]
}

export function readResults(file: string): Results {
  return JSON.parse(readFileSync(file, 'utf8')) as Results
}

/** Writes the results of a benchmark to the file, replacing its earlier ones. */
export function storeResults(
  file: string,
  benchmark: string,
  { rows = [], reports = [] }: { rows?: readonly Row[]; reports?: readonly Report[] },
): void {
  const known = knownIn(file)
  const others = <T>(all: readonly Of<T>[]) => all.filter((one) => one.benchmark !== benchmark)
  const results: Results = {
    machine: thisMachine(),
    rows: [...others(known.rows), ...rows.map((row) => ({ benchmark, ...row }))],
    reports: [...others(known.reports), ...reports.map((report) => ({ benchmark, ...report }))],
  }
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`)
}

function knownIn(file: string): Pick<Results, 'rows' | 'reports'> {
  try {
    return readResults(file)
  } catch {
    return { rows: [], reports: [] }
  }
}

function thisMachine(): Results['machine'] {
  const all = cpus()
  return {
    day: new Date().toISOString().slice(0, 10),
    processor: all[0]?.model ?? 'unknown',
    processors: all.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  }
}
