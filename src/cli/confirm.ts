import { createInterface } from 'node:readline'

/** Whether both sides of a conversation are a terminal. */
export function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY
}

/** Asks on the terminal. Anything but yes means no, and so does the end of the input. */
export async function confirmed(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const { promise, resolve } = Promise.withResolvers<string>()
  terminal.once('close', () => resolve(''))
  terminal.question(`${question} [y/N] `, resolve)
  const answer = await promise
  terminal.close()
  return /^y(?:es)?$/i.test(answer.trim())
}
