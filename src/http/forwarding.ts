/** Headers in which a proxy names its client. */
const namingClient = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'x-forwarded-proto']

/** Headers that only show that there was a proxy, which may be the client's own. */
const showingProxy = ['x-forwarded-host', 'via']

type Header = (name: string) => string | undefined

/** Whether the call claims to be made for another client. */
export function isForwarded(header: Header): boolean {
  return namingClient.some((name) => header(name) !== undefined)
}

/** Whether any header shows that the call went through a proxy. */
export function isPassedOn(header: Header): boolean {
  return isForwarded(header) || showingProxy.some((name) => header(name) !== undefined)
}
