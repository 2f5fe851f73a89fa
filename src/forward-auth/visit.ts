import type { World } from '#src/world/world.ts'

/** The path on the host of an app where a sign-in begins. */
export const signInAtHostPath = '/.sigil/sign-in'

/**
 * The parameters passed from the host of an app to Sigil and from page to page. Nothing in them is trusted.
 */
export type Visit = {
  readonly host: string
  readonly next: string
  /** The hash of the browser's secret for the host. */
  readonly state?: string
  readonly level?: string
}

/** A page of Sigil about a sign-in to the host of an app. */
export function visitUrl({ settings }: World, page: 'sign-in' | 'failed', visit: Visit): string {
  return `${settings.publicUrl}${visitPath(page, visit)}`
}

export function visitPath(page: 'sign-in' | 'continue' | 'consent' | 'failed', visit: Visit): string {
  return `/hosts/${page}?${new URLSearchParams(visit)}`
}
