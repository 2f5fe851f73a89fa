/** The URL of a page that has the address in its form already. */
export function withEmail(path: string, email: string, next?: string): string {
  return `${path}?${new URLSearchParams({ email, ...(next === undefined ? {} : { next }) })}`
}
