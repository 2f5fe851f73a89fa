import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'

/** Much longer than the longest password. */
const maxBytes = 64 * 1024

/** Reads a secret from standard input, without the newline that `echo` adds. Undefined if it is too long. */
export async function readSecret(name: string): Promise<string | undefined> {
  return process.stdin.isTTY ? prompt(name) : readAll()
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

/** The terminal does not echo the secret, so it is entered twice. */
async function prompt(name: string): Promise<string> {
  const words = name.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`)
  const label = `${words[0]?.toUpperCase()}${words.slice(1)}`
  for (;;) {
    const typed = await promptOnce(`${label}: `)
    if (typed === (await promptOnce('Repeat: '))) return typed
    process.stderr.write('The two entries differ. Try again.\n')
  }
}

function promptOnce(question: string): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true, historySize: 0 })
  process.stderr.write(question)
  return new Promise((resolve) => {
    const exit = () => process.exit(130)
    terminal.on('SIGINT', exit).on('close', exit)
    terminal.on('line', (line) => {
      process.stderr.write('\n')
      terminal.off('close', exit).close()
      resolve(line)
    })
  })
}
