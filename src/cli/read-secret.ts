import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'

/** Far more than the longest password. */
const maxBytes = 64 * 1024

/**
 * A secret from the standard input, without the line end that `echo` puts there. Undefined where it is too
 * long.
 */
export async function readSecret(name: string): Promise<string | undefined> {
  return process.stdin.isTTY ? askFor(name) : readAll()
}

async function readAll(): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of process.stdin) {
    length += chunk.length
    if (length > maxBytes) return undefined
    chunks.push(Buffer.from(chunk))
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}

/** Nothing that is typed is shown, so it is typed twice. */
async function askFor(name: string): Promise<string> {
  const words = name.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`)
  const label = `${words[0]?.toUpperCase()}${words.slice(1)}`
  for (;;) {
    const typed = await askOnce(`${label}: `)
    if (typed === (await askOnce('Once more: '))) return typed
    process.stderr.write('The two differ.\n')
  }
}

function askOnce(question: string): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true, historySize: 0 })
  process.stderr.write(question)
  return new Promise((resolve) => {
    const leave = () => process.exit(130)
    terminal.on('SIGINT', leave).on('close', leave)
    terminal.on('line', (line) => {
      process.stderr.write('\n')
      terminal.off('close', leave).close()
      resolve(line)
    })
  })
}
