/**
 * A reader of these headers from the raw ones of a request: Node builds `headers` on first use, and a proxy
 * passes on many. Undefined where one of them was sent twice: Node joins some and keeps the first of others.
 */
export function rawHeaders<Name extends string>(
  ...names: readonly Name[]
): (raw: readonly string[]) => ((name: Name) => string | undefined) | undefined {
  const lengths = new Set(names.map((name) => name.length))
  const wanted = new Set<string>(names)
  return (raw) => {
    const found = new Map<string, string>()
    for (let at = 0; at < raw.length; at += 2) {
      const name = raw[at] ?? ''
      if (!lengths.has(name.length)) continue
      const lower = name.toLowerCase()
      if (!wanted.has(lower)) continue
      if (found.has(lower)) return undefined
      found.set(lower, raw[at + 1] ?? '')
    }
    return (name) => found.get(name)
  }
}
