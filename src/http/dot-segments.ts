const dotSegment = /^[^?#]*[/\\](?:\.|%2e){1,2}(?:[/\\?#]|$)/i

/**
 * Whether the path of a request has dot segments (RFC 3986 section 5.2.4, and what the URL standard treats as
 * dots). Clients resolve them before they send. If a proxy appends the path of a page to one of ours, they
 * would select a different call from the one that the proxy makes.
 */
export function hasDotSegments(target: string | undefined): boolean {
  return dotSegment.test(target ?? '')
}
