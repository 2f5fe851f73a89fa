/** Told of what failed in the middle. It must close the connection: an end would make it look whole. */
export type Broken = (error: unknown) => void

/** Pieces of text as a body that is made no faster than it is read, and no further than somebody reads. */
export function bytesOf(pieces: AsyncIterable<string>, broken: Broken): ReadableStream<Uint8Array> {
  return ReadableStream.from(encoded(pieces, broken))
}

async function* encoded(pieces: AsyncIterable<string>, broken: Broken): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of pieces) {
      yield Buffer.from(piece)
      // A reader who is quick enough would keep everybody else waiting until the last piece.
      await new Promise(setImmediate)
    }
  } catch (error) {
    broken(error)
  }
}
