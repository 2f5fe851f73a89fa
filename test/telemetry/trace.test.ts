import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { currentTrace, inTraceOf, readTrace, traceHeaders } from '#src/telemetry/trace.ts'
import { capturedLog } from '#test/support/captured-log.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const parentId = '00f067aa0ba902b7'
const traceparent = `00-${traceId}-${parentId}-01`

function read(traceparent: string | undefined, tracestate?: string) {
  const headers: Record<string, string | undefined> = { traceparent, tracestate }
  return readTrace((name) => headers[name])
}

test('a valid traceparent is read, and a later version is passed on as version 00', () => {
  assert.deepEqual(read(traceparent), { traceId, traceparent, tracestate: undefined })
  for (const later of [`01-${traceId}-${parentId}-01`, `cc-${traceId}-${parentId}-01-more`])
    assert.equal(read(later)?.traceparent, traceparent)
})

test('of the flags of a trace only those with a meaning are passed on', () => {
  const flagsAfter = (flags: string) => read(`00-${traceId}-${parentId}-${flags}`)?.traceparent.slice(-2)
  assert.deepEqual(['00', '01', '02', '03', 'ff', 'fc'].map(flagsAfter), ['00', '01', '02', '03', '03', '00'])
})

test('an invalid traceparent is ignored together with tracestate', () => {
  const invalid = [
    undefined,
    '',
    traceparent.toUpperCase(),
    `ff-${traceId}-${parentId}-01`,
    `00-${'0'.repeat(32)}-${parentId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId.slice(1)}-${parentId}-01`,
    `00-${traceId}-${parentId}-1`,
    `00-${traceId}-${parentId}-01-more`,
    `01-${traceId}-${parentId}-01more`,
    ` ${traceparent}`,
    `${traceparent}\n`,
    // Two headers, as Node joins them.
    `${traceparent}, ${traceparent}`,
  ]
  for (const text of invalid) assert.equal(read(text, 'vendor=1'), undefined, JSON.stringify(text))
})

test('a valid tracestate is passed on, and one that cannot be parsed is not', () => {
  const stateAfter = (tracestate: string) => read(traceparent, tracestate)?.tracestate
  assert.equal(
    stateAfter('rojo=00f067aa0ba902b7, congo=t61rcWkgMzE'),
    'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE',
  )
  assert.equal(stateAfter('4tenant@vendor=a b,,x_-*/=~'), '4tenant@vendor=a b,x_-*/=~')
  const many = (count: number) => Array.from({ length: count }, (_, index) => `k${index}=v`).join(',')
  assert.equal(stateAfter(many(32)), many(32))
  for (const invalid of [
    '',
    'novalue',
    'key=',
    'KEY=1',
    'a=1,a=2',
    'a=b=c',
    'a=\u00e9',
    many(33),
    `a=${'x'.repeat(257)}`,
    `a=${'x'.repeat(200)},b=${'x'.repeat(200)},c=${'x'.repeat(200)}`,
  ])
    assert.equal(stateAfter(invalid), undefined, invalid)
})

test('lines and calls of a request have its trace, and those of others do not', async () => {
  const { log, lines } = capturedLog()
  const headers: Record<string, string> = { traceparent, tracestate: 'vendor=1' }
  const answer = async () => {
    await setImmediate()
    log.info({}, 'inside')
    return traceHeaders()
  }
  const inside = inTraceOf((name) => headers[name], answer)
  log.info({}, 'outside')
  assert.deepEqual(await inside, headers)
  assert.deepEqual([currentTrace(), traceHeaders()], [undefined, {}])
  assert.deepEqual(
    lines.map(({ msg, trace_id }) => [msg, trace_id]),
    [
      ['outside', undefined],
      ['inside', traceId],
    ],
  )
})
