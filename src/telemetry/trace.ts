import { AsyncLocalStorage } from 'node:async_hooks'

/** W3C Trace Context, level 2: the trace that a request belongs to. */
export type Trace = {
  readonly traceId: string
  /** What is passed on. */
  readonly traceparent: string
  readonly tracestate: string | undefined
}

type Header = (name: string) => string | undefined

const current = new AsyncLocalStorage<Trace>()

/** Runs the answer to a request, and everything that it calls, in the trace of the request. */
export function inTraceOf<T>(header: Header, answer: () => T): T {
  return inTrace(readTrace(header), answer)
}

/** Runs later work of a request in the trace of that request. */
export function inTrace<T>(trace: Trace | undefined, act: () => T): T {
  return trace ? current.run(trace, act) : act()
}

export function currentTrace(): Trace | undefined {
  return current.getStore()
}

/**
 * The headers for a call that is made on behalf of the request. This server records no spans, so
 * it passes the parent on as it came: a new one would be missing in the trace.
 */
export function traceHeaders(): Readonly<Record<string, string>> {
  const trace = current.getStore()
  if (!trace) return {}
  const { traceparent, tracestate } = trace
  return { traceparent, ...(tracestate === undefined ? {} : { tracestate }) }
}

const versions = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/
/** `sampled` and `random-trace-id`. Other bits have no meaning yet, and are not passed on. */
const knownFlags = 0b11

/**
 * A later version may append fields, and is read and passed on as version 00. An invalid `traceparent` is
 * ignored together with `tracestate`.
 */
export function readTrace(
  header: (name: 'traceparent' | 'tracestate') => string | undefined,
): Trace | undefined {
  const [, version, traceId = '', parentId = '', flags = '', more] =
    versions.exec(header('traceparent') ?? '') ?? []
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined
  if (/^0+$/.test(traceId) || /^0+$/.test(parentId)) return undefined
  const known = (Number.parseInt(flags, 16) & knownFlags).toString(16).padStart(2, '0')
  return {
    traceId,
    traceparent: `00-${traceId}-${parentId}-${known}`,
    tracestate: readState(header('tracestate')),
  }
}

const maxStateLength = 512
const maxMembers = 32
const member =
  /^([a-z\d][a-z\d_\-*/@]{0,255})=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/

/** One that cannot be parsed, or is longer than every implementation has to accept, is not passed on. */
function readState(text: string | undefined): string | undefined {
  if (text === undefined || text.length > maxStateLength) return undefined
  const members = text.split(',').map((one) => one.replace(/^[ \t]+|[ \t]+$/g, ''))
  const present = members.filter((one) => one !== '')
  const keys = present.map((one) => member.exec(one)?.[1])
  const isValid = keys.every((key) => key !== undefined) && new Set(keys).size === keys.length
  return isValid && keys.length > 0 && keys.length <= maxMembers ? present.join(',') : undefined
}
