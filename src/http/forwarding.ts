/** In these a proxy says for whom it calls. */
const forWhom = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'x-forwarded-proto']

/** These say no more than that there was one: some callers' own proxies add them, too. */
const thatThereWasOne = ['x-forwarded-host', 'via']

type Header = (name: string) => string | undefined

/** Whether whoever calls speaks for somebody else. */
export function isForwarded(header: Header): boolean {
  return forWhom.some((name) => header(name) !== undefined)
}

/** Whether anything says that the call was passed on. */
export function isPassedOn(header: Header): boolean {
  return isForwarded(header) || thatThereWasOne.some((name) => header(name) !== undefined)
}
