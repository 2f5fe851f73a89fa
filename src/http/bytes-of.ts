/** Called on a failure in the middle. It must close the connection: a normal end would look complete. */
export type Broken = (error: unknown) => void

/** Chunks of text as a body that is produced only as fast and as far as the client reads. */
export function bytesOf(pieces: AsyncIterable<string>, broken: Broken): ReadableStream<Uint8Array> {
  return ReadableStream.from(encoded(pieces, broken))
}

async function* encoded(pieces: AsyncIterable<string>, broken: Broken): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of pieces) {
      yield Buffer.from(piece)
      // A fast reader would otherwise block all other calls until the last chunk.
      await new Promise(setImmediate)
    }
  } catch (error) {
    broken(error)
  }
}
