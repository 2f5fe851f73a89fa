/**
 * A JSON object with lists that may not fit in memory: first the short members, then each list page by page.
 */
export async function* jsonPieces(
  members: Readonly<Record<string, unknown>>,
  lists: Readonly<Record<string, AsyncIterable<readonly unknown[]>>>,
): AsyncGenerator<string> {
  let comma = ''
  yield '{'
  for (const [name, value] of Object.entries(members)) {
    yield `${comma}${JSON.stringify(name)}:${JSON.stringify(value)}`
    comma = ','
  }
  for (const [name, pages] of Object.entries(lists)) {
    yield `${comma}${JSON.stringify(name)}:[`
    comma = ''
    for await (const page of pages) {
      if (page.length === 0) continue
      yield comma + page.map((one) => JSON.stringify(one)).join(',')
      comma = ','
    }
    yield ']'
    comma = ','
  }
  yield '}'
}
