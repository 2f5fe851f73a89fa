/** The answer of a handler, before it becomes bytes. */
export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Complete `Set-Cookie` values, in order. */
  readonly cookies: readonly string[]
  /** Chunks are produced as the client reads them, and none for a client that has disconnected. */
  readonly body: string | Uint8Array | AsyncIterable<string> | undefined
}

const noStore = { 'cache-control': 'no-store' }

export function json(status: number, value: unknown, headers: Record<string, string> = {}): Answer {
  const body = JSON.stringify(value)
  return {
    status,
    headers: { ...noStore, 'content-type': 'application/json', ...headers },
    cookies: [],
    body,
  }
}

/** JSON that is too long for memory. Once it has begun, an error status is no longer possible. */
export function jsonInPieces(
  status: number,
  pieces: AsyncIterable<string>,
  headers: Record<string, string> = {},
): Answer {
  return {
    status,
    headers: { ...noStore, 'content-type': 'application/json', ...headers },
    cookies: [],
    body: pieces,
  }
}

/** A file to download, produced as the client reads it. */
export function download(type: string, filename: string, pieces: AsyncIterable<string>): Answer {
  const disposition = `attachment; filename="${filename}"`
  return jsonInPieces(200, pieces, { 'content-type': type, 'content-disposition': disposition })
}

export function empty(status: number, headers: Record<string, string> = {}): Answer {
  return { status, headers: { ...noStore, ...headers }, cookies: [], body: undefined }
}

/** RFC 9110 section 15.4.4: 303 See Other, the response to an accepted form. */
export function seeOther(location: string): Answer {
  return empty(303, { location })
}

export function page(status: number, body: string, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { ...noStore, 'content-type': 'text/html; charset=utf-8', ...headers },
    cookies: [],
    body,
  }
}

/** A file that is the same for everyone, and may be cached. */
export function asset(type: string, body: string | Uint8Array, headers: Record<string, string>): Answer {
  return { status: 200, headers: { 'content-type': type, ...headers }, cookies: [], body }
}

export function withCookies(answer: Answer, cookies: readonly string[]): Answer {
  return { ...answer, cookies: [...answer.cookies, ...cookies] }
}

export function withHeaders(answer: Answer, headers: Readonly<Record<string, string>>): Answer {
  return { ...answer, headers: { ...answer.headers, ...headers } }
}
