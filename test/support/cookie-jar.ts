type Kept = { readonly value: string; readonly path: string; readonly attributes: readonly string[] }

/** The cookies of one origin, as a browser stores them. */
export class CookieJar {
  readonly #kept = new Map<string, Kept>()

  keep(setCookie: string): void {
    const [pair = '', ...attributes] = setCookie.split('; ')
    const name = pair.slice(0, pair.indexOf('='))
    const value = pair.slice(pair.indexOf('=') + 1)
    const path = attributes.find((one) => one.startsWith('Path='))?.slice(5) ?? '/'
    if (attributes.includes('Max-Age=0')) this.#kept.delete(name)
    else this.#kept.set(name, { value, path, attributes })
  }

  get names(): string[] {
    return [...this.#kept.keys()].sort()
  }

  valueOf(name: string): string {
    return this.#kept.get(name)?.value ?? ''
  }

  attributesOf(name: string): readonly string[] {
    return this.#kept.get(name)?.attributes ?? []
  }

  /** RFC 6265 section 5.1.4: a cookie is sent to its path and those below. */
  headerFor(target: string): string | undefined {
    const [path = '/'] = target.split('?')
    const isFor = (kept: Kept) => `${path}/`.startsWith(kept.path === '/' ? '/' : `${kept.path}/`)
    const sent = [...this.#kept].filter(([, kept]) => isFor(kept))
    return sent.length === 0 ? undefined : sent.map(([name, { value }]) => `${name}=${value}`).join('; ')
  }
}
