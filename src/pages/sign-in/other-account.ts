/** The URL of the form that signs in with another account, on the way to an app. */
export function otherAccountPath(next: string): string {
  return `/sign-in?${new URLSearchParams({ next, again: '1' })}`
}
