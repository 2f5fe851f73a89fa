/** The URL of a page with the email prefilled. */
export function withEmail(path: string, email: string, next?: string): string {
  return `${path}?${new URLSearchParams({ email, ...(next === undefined ? {} : { next }) })}`
}
