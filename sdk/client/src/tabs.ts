import type { Tokens } from './tokens.ts'

/** The messages between the tabs of an origin. */
export type Message =
  | { readonly kind: 'ask' }
  | { readonly kind: 'tokens'; readonly tokens: Tokens }
  | { readonly kind: 'signed_out' }

/**
 * The tabs of one app. If the browser has no `BroadcastChannel` or no locks, each tab works separately: Sigil
 * returns the same successor of a refresh token to all of them within its grace period.
 */
export class Tabs {
  readonly #key: string
  readonly #channel: BroadcastChannel | undefined

  constructor(clientId: string, receive: (message: Message) => void) {
    this.#key = `sigil:${clientId}`
    this.#channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel(this.#key) : undefined
    this.#channel?.addEventListener('message', ({ data }) => receive(data))
  }

  send(message: Message): void {
    this.#channel?.postMessage(message)
  }

  /** Runs the work under a lock that only one tab can hold. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const { locks } = navigator
    return locks ? (locks.request(this.#key, work) as Promise<T>) : work()
  }

  /** When the newest tokens of all tabs expire; undefined if no user is known to be signed in. */
  get newest(): number | undefined {
    const text = localStorage.getItem(this.#key)
    return text === null ? undefined : Number(text)
  }

  set newest(expiresAt: number | undefined) {
    if (expiresAt === undefined) localStorage.removeItem(this.#key)
    else localStorage.setItem(this.#key, String(expiresAt))
  }

  close(): void {
    this.#channel?.close()
  }
}
