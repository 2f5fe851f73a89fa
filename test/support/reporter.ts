import { relative, resolve } from 'node:path'
import { inspect } from 'node:util'
import { filesIn, isBatch } from '#test/support/batches.ts'

/**
 * A reporter for `node --test`: progress while it runs, then each failure with the output of its file, what
 * was skipped and why, the slowest files, and a last line such as `812 passed, 0 failed, 3 skipped`.
 * https://nodejs.org/docs/latest-v24.x/api/test.html#custom-reporters
 */
// biome-ignore lint/style/noDefaultExport: Node imports a reporter by its default export.
export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const seen = newSeen()
  for await (const event of source) {
    take(seen, event)
    yield progressOf(seen, event)
  }
  const failed = failedIn(seen)
  // Node itself does not fail on a file or a run without any test.
  if (failed > 0) process.exitCode = 1
  yield `${seen.isTerminal ? clearLine : ''}${endOf(seen, failed)}`
}

/** The fields that are used here. Node's own type is a union of some 20 kinds of event. */
export type TestEvent = { readonly type: string; readonly data?: EventData }

type EventData = {
  readonly name?: string
  readonly nesting?: number
  readonly file?: string
  /** What the process was started for: a test file, or a batch of them. */
  readonly entryFile?: string
  readonly line?: number
  readonly message?: string
  readonly skip?: string | boolean
  readonly details?: { readonly type?: string; readonly duration_ms?: number; readonly error?: TestError }
  readonly counts?: Counts
}

type TestError = Error & { failureType?: string; exitCode?: number; signal?: string }
type Counts = { passed: number; failed: number; cancelled: number; skipped: number; todo: number }
type Failure = { readonly title: string; readonly file: string; readonly why: string }

type Seen = {
  readonly isTerminal: boolean
  total: number
  lastProgressAt: number
  counts: Counts
  readonly running: Set<string>
  /** Seconds that each finished file took. */
  readonly finished: Map<string, number>
  /** For each file in a batch: the batch. */
  readonly batches: Map<string, string>
  /** How many tests of the current file in a batch have ended. */
  tests: number
  /**
   * The current test and the suites around it. These events come file after file, in the order of the
   * source.
   */
  names: string[]
  readonly output: Map<string, string>
  readonly failures: Failure[]
  readonly skipped: Map<string, number>
}

const clearLine = '\r\u001b[K'
const progressEveryMs = 10_000
const maxOutput = 20_000
const maxLinesPerFailure = 80
const slowestShown = 10

function newSeen(): Seen {
  return {
    isTerminal: process.stdout.isTTY === true,
    total: 0,
    lastProgressAt: performance.now(),
    counts: { passed: 0, failed: 0, cancelled: 0, skipped: 0, todo: 0 },
    running: new Set(),
    finished: new Map(),
    batches: new Map(),
    tests: 0,
    names: [],
    output: new Map(),
    failures: [],
    skipped: new Map(),
  }
}

function take(seen: Seen, { type, data = {} }: TestEvent): void {
  const { nesting = 0, name = '', details, message = '' } = data
  const file = data.file === undefined ? '' : relative('', data.file)
  const isProcess = nesting === 0 && isBatch(name)
  if (isProcess) takeBatch(seen, type, data)
  else if (isFile(data)) takeFile(seen, type, data)
  if (type === 'test:start') {
    seen.names = [...seen.names.slice(0, nesting), name]
  } else if (type === 'test:fail') {
    if (!isProcess) takeFailure(seen, data, file)
  } else if (type === 'test:pass' && data.skip) {
    const reason = typeof data.skip === 'string' ? data.skip : 'no reason'
    seen.skipped.set(reason, (seen.skipped.get(reason) ?? 0) + 1)
  } else if (type === 'test:stdout' || type === 'test:stderr') {
    addOutput(seen, file, message)
  } else if (type === 'test:diagnostic' && file !== '') {
    addOutput(seen, file, `${message}\n`)
    // A test that continues after its end: Node reports it only here.
    if (/^Error: /.test(message)) seen.failures.push({ title: 'after a test ended', file, why: message })
  } else if (type === 'test:summary' && data.counts && file === '') seen.counts = data.counts
  const hasEnded = type === 'test:pass' || type === 'test:fail'
  if (hasEnded && nesting > 0 && details?.type !== 'suite') seen.tests++
}

function takeFile(seen: Seen, type: string, data: EventData): void {
  const file = relative('', data.name ?? '')
  if (type === 'test:enqueue' && !isBatch(data.entryFile ?? '')) seen.total++
  if (type === 'test:dequeue') seen.running.add(file)
  if (type === 'test:complete') {
    seen.running.delete(file)
    seen.finished.set(file, (data.details?.duration_ms ?? 0) / 1000)
  }
  if (type === 'test:start') seen.tests = 0
  // Outside a batch, Node reports a file as a test only if it contains no test.
  const isEmpty = type === 'test:pass' && (seen.tests === 0 || !isBatch(data.entryFile ?? ''))
  if (isEmpty) seen.failures.push({ title: 'the file', file, why: 'It has no test.' })
}

/** The process of several files. */
function takeBatch(seen: Seen, type: string, { name = '', details }: EventData): void {
  const files = filesIn(name).map((file) => relative('', file))
  if (type === 'test:enqueue') {
    seen.total += files.length
    for (const file of files) seen.batches.set(file, relative('', name))
  }
  if (type !== 'test:fail' || details?.error?.failureType === 'subtestsFailed') return
  const unfinished = files.filter((file) => !seen.finished.has(file))
  const [current] = unfinished.filter((file) => seen.running.delete(file))
  const others = unfinished.filter((file) => file !== current)
  const notRun = others.length > 0 ? `\nNot run: ${others.join(', ')}` : ''
  const file = current ?? `${files[0]} and ${files.length - 1} more`
  seen.failures.push({ title: 'the file', file, why: `${endOfProcess(details?.error)}${notRun}` })
}

/** Each file is a test around its tests, or in a batch a suite, named by its path. */
function isFile(data: EventData): boolean {
  const { name = '', nesting, file } = data
  return nesting === 0 && file !== undefined && (resolve(name) === file || isBatch(data.entryFile ?? ''))
}

function takeFailure(seen: Seen, data: EventData, file: string): void {
  const { error } = data.details ?? {}
  // The failed test is inside, or around, and is reported itself.
  if (error?.failureType === 'subtestsFailed' || error?.failureType === 'cancelledByParent') return
  if (isFile(data)) {
    seen.failures.push({ title: 'the file', file: relative('', data.name ?? ''), why: endOfProcess(error) })
    return
  }
  const around = seen.names.slice(isBatch(data.entryFile ?? '') ? 1 : 0, data.nesting ?? 0)
  const at = data.line === undefined ? file : `${file}:${data.line}`
  seen.failures.push({ title: [...around, data.name].join(' > '), file: at, why: reasonOf(error) })
}

function endOfProcess(error: TestError | undefined): string {
  if (error?.exitCode) return `The process ended with exit code ${error.exitCode}.`
  return error?.signal ? `The process was ended by ${error.signal}.` : reasonOf(error)
}

function reasonOf(error: TestError | undefined): string {
  const cause = error?.cause ?? error
  const text = typeof cause === 'string' ? cause : inspect(cause, { depth: 4, breakLength: 100 })
  const lines = text.split('\n').filter((line) => !/^\s+at .*\(?node:/.test(line))
  const cut = lines.length - maxLinesPerFailure
  return [...lines.slice(0, maxLinesPerFailure), ...(cut > 0 ? [`... and ${cut} lines more`] : [])].join('\n')
}

function addOutput(seen: Seen, file: string, text: string): void {
  seen.output.set(file, ((seen.output.get(file) ?? '') + text).slice(-maxOutput))
}

/** On a terminal one line that changes; elsewhere a line now and then. A failure is named at once. */
function progressOf(seen: Seen, { type, data = {} }: TestEvent): string {
  const last = type === 'test:fail' ? seen.failures.at(-1) : undefined
  const isNew = last !== undefined && data.name !== undefined && last.title.endsWith(data.name)
  const failure = isNew ? `${seen.isTerminal ? clearLine : ''}FAILED ${last.file}: ${last.title}\n` : ''
  const { total, finished, running } = seen
  const files = [...running].map((file) => file.replace(/^test\/|\.test\.ts$/g, '')).join(', ')
  const line = `${finished.size}/${total} files, ${seen.failures.length} failures; running: ${files}`
  if (seen.isTerminal) return `${failure}${clearLine}${line.slice(0, (process.stdout.columns || 80) - 1)}`
  const isDue = performance.now() - seen.lastProgressAt > progressEveryMs && running.size > 0
  if (!isDue) return failure
  seen.lastProgressAt = performance.now()
  return `${failure}${line}\n`
}

function failedIn({ counts, failures }: Seen): number {
  const isEmpty = counts.passed + counts.failed + counts.skipped === 0
  return Math.max(counts.failed + counts.cancelled, failures.length, isEmpty ? 1 : 0)
}

function endOf(seen: Seen, failed: number): string {
  const { counts, failures, skipped, finished } = seen
  const files = new Set(failures.map(({ file }) => file.replace(/:\d+$/, '')))
  const slowest = [...finished].sort(([, one], [, other]) => other - one).slice(0, slowestShown)
  return [
    ...failures.flatMap(({ title, file, why }) => ['', `FAILED ${file}: ${title}`, indented(why)]),
    ...outputsOf(seen, [...files]),
    ...[...skipped].map(([reason, count]) => `Skipped ${count}: ${reason}`),
    `Slowest: ${slowest.map(([file, seconds]) => `${file} ${seconds.toFixed(1)} s`).join(', ')}`,
    '',
    `${counts.passed} passed, ${failed} failed, ${counts.skipped + counts.todo} skipped`,
    '',
  ].join('\n')
}

/** Files in one process share what it printed. */
function outputsOf({ output, batches }: Seen, files: readonly string[]): string[] {
  const processes = Map.groupBy(files, (file) => batches.get(file) ?? file)
  return [...processes].flatMap(([entry, failed]) => {
    const text = [...new Set([entry, ...failed])].map((file) => output.get(file)?.trim() ?? '').join('\n')
    const more = isBatch(entry) ? ' and files beside it' : ''
    return text.trim() === '' ? [] : ['', `Output of ${failed.join(', ')}${more}:`, indented(text.trim()), '']
  })
}

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ')
}
