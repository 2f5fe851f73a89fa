const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]/g

/**
 * Whether an object in this valid JSON has a key twice. RFC 8259 section 4 does not define which one counts,
 * so a proxy could check one while Sigil reads the other. Escapes are decoded first: `"\u0061"` is `"a"`.
 */
export function hasDuplicateKey(json: string): boolean {
  const open: (Set<string> | undefined)[] = []
  let text = ''
  for (const [token] of json.matchAll(tokens)) {
    const keys = open.at(-1)
    if (token === '{') open.push(new Set())
    else if (token === '[') open.push(undefined)
    else if (token === '}' || token === ']') open.pop()
    else if (token === ':' && keys) {
      const key = JSON.parse(text) as string
      if (keys.has(key)) return true
      keys.add(key)
    } else if (token !== ',') text = token
  }
  return false
}
