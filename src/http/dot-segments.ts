const dotSegment = /^[^?#]*[/\\](?:\.|%2e){1,2}(?:[/\\?#]|$)/i

/**
 * Whether a URL parser would take a way up in the path of a request (RFC 3986 section 5.2.4, and what the URL
 * standard takes for dots). Clients go it themselves, and a proxy that puts the address of a page behind one
 * of ours would have us answer another call than it asks.
 */
export function hasDotSegments(target: string | undefined): boolean {
  return dotSegment.test(target ?? '')
}
