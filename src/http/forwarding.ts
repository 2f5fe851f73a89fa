/** Headers in which a proxy names its client. */
const namingClient = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'x-forwarded-proto']

/** Headers that only show that there was a proxy, possibly on the client's side. */
const showingProxy = ['x-forwarded-host', 'via']

type Header = (name: string) => string | undefined

/** Whether the call claims to be forwarded for another client. */
export function isForwarded(header: Header): boolean {
  return namingClient.some((name) => header(name) !== undefined)
}

/** Whether any header shows that the call went through a proxy. */
export function isPassedOn(header: Header): boolean {
  return isForwarded(header) || showingProxy.some((name) => header(name) !== undefined)
}

/**
 * The origin that a browser opened, for a request that came without a proxy: `Host` as it was sent. The
 * server itself speaks http only.
 */
export function openedOrigin({ rawHeaders }: { readonly rawHeaders: readonly string[] }): string | undefined {
  const at = rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'host')
  const host = at === -1 ? undefined : rawHeaders[at + 1]
  const url = host === undefined || !/^[\w.:[\]-]{1,255}$/.test(host) ? null : URL.parse(`http://${host}`)
  return url?.origin
}
