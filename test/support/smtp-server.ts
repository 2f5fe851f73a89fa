import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { after } from 'node:test'
import { TLSSocket } from 'node:tls'

export type ReceivedMail = {
  readonly from: string
  readonly to: string
  readonly headers: Readonly<Record<string, string>>
  /** The text part, decoded. */
  readonly text: string
  readonly html: string
}

/** The response to a command, instead of the usual one; undefined does not respond. */
export type Answers = Readonly<
  Partial<Record<'GREETING' | 'EHLO' | 'MAIL' | 'RCPT' | 'DATA' | 'END', string | undefined>>
>

export type SmtpServer = {
  readonly url: string
  readonly received: ReceivedMail[]
  /** Changes the responses from now on; without any it accepts every message. */
  answer(answers: Answers): void
  /** Resolves with the first message that matches, received before or after the call. */
  mailTo(to: string, matches?: (mail: ReceivedMail) => boolean): Promise<ReceivedMail>
  close(): Promise<void>
}

/** The protection of a mail server: TLS from the first byte, or after STARTTLS, and a password. */
export type Protection = {
  readonly tls?: 'implicit' | 'starttls'
  readonly certificate?: { readonly key: Buffer; readonly cert: Buffer }
  /** In base64, as AUTH PLAIN sends user and password. */
  readonly credentials?: string
}

/**
 * A mail server on a free port that stores received messages. It stops when the running test or suite ends.
 */
export async function startSmtp(port = 0, protection: Protection = {}): Promise<SmtpServer> {
  let answers: Answers = {}
  const received: ReceivedMail[] = []
  const sockets = new Set<Socket>()
  let wake = () => {}
  const server = createServer((raw) => {
    sockets.add(raw)
    raw.on('close', () => sockets.delete(raw))
    raw.on('error', () => {})
    const isImplicit = protection.tls === 'implicit'
    const socket = isImplicit ? encrypted(raw, protection) : raw
    talk(socket, {
      ...protection,
      answerTo: (command, usual) => (command in answers ? answers[command] : usual),
      take: (mail) => {
        received.push(mail)
        wake()
      },
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
  after(close)
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answer(next) {
      answers = next
    },
    async mailTo(to, matches = () => true) {
      for (;;) {
        const mail = received.findLast((one) => one.to === to && matches(one))
        if (mail) return mail
        await new Promise<void>((resolve) => {
          const before = wake
          wake = () => {
            before()
            resolve()
          }
        })
      }
    },
    close,
  }
}

function encrypted(socket: Socket, { certificate }: Protection): Socket {
  const secure = new TLSSocket(socket, { isServer: true, ...certificate })
  secure.on('error', () => {})
  return secure
}

type Dialogue = Protection & {
  readonly answerTo: (command: keyof Answers, usual: string) => string | undefined
  readonly take: (mail: ReceivedMail) => void
}

function talk(first: Socket, dialogue: Dialogue): void {
  const { answerTo, take, tls, credentials } = dialogue
  let socket = first
  let rest = ''
  let message: string | undefined
  let from = ''
  let to = ''
  const reply = (line: string | undefined) => line !== undefined && socket.write(`${line}\r\n`)
  const onLine = (line: string) => {
    if (message !== undefined) {
      if (line !== '.') {
        message += `${line.replace(/^\./, '')}\r\n`
        return
      }
      const answer = answerTo('END', '250 taken')
      if (answer?.startsWith('250') || answer === undefined) take(readMessage(from, to, message))
      message = undefined
      reply(answer)
      return
    }
    const command = line.slice(0, 4).toUpperCase()
    const offers = [
      ...(tls === 'starttls' && !(socket instanceof TLSSocket) ? ['STARTTLS'] : []),
      ...(credentials === undefined ? [] : ['AUTH PLAIN']),
      'SIZE',
    ]
    if (command === 'EHLO')
      reply(answerTo('EHLO', `250-test\r\n250-${offers.join('\r\n250-')}\r\n250 8BITMIME`))
    else if (command === 'STAR') {
      reply('220 ready')
      socket.removeAllListeners('data')
      socket = encrypted(socket, dialogue)
      listen()
    } else if (command === 'AUTH')
      reply(line.endsWith(` ${credentials}`) ? '235 welcome' : '535 5.7.8 wrong password')
    else if (command === 'MAIL') {
      from = addressIn(line)
      reply(answerTo('MAIL', '250 fine'))
    } else if (command === 'RCPT') {
      to = addressIn(line)
      reply(answerTo('RCPT', '250 fine'))
    } else if (command === 'DATA') {
      const answer = answerTo('DATA', '354 go on')
      if (answer?.startsWith('354')) message = ''
      reply(answer)
    } else if (command === 'QUIT') socket.end('221 bye\r\n')
    else reply('250 fine')
  }
  const listen = () =>
    socket.setEncoding('utf8').on('data', (chunk) => {
      const lines = (rest + chunk).split('\r\n')
      rest = lines.pop() ?? ''
      for (const line of lines) onLine(line)
    })
  reply(answerTo('GREETING', '220 test'))
  listen()
}

function addressIn(line: string): string {
  return /<([^>]*)>/.exec(line)?.[1] ?? ''
}

function readMessage(from: string, to: string, message: string): ReceivedMail {
  const { headers, body } = splitPart(message)
  const boundary = /boundary="?([^";]+)"?/.exec(headers['content-type'] ?? '')?.[1]
  const parts =
    boundary === undefined ? [] : body.split(`--${boundary}`).map((part) => splitPart(part.trimStart()))
  const ofType = (type: string) =>
    decoded(parts.find((part) => part.headers['content-type']?.startsWith(type)))
  return { from, to, headers, text: ofType('text/plain'), html: ofType('text/html') }
}

type Part = { readonly headers: Record<string, string>; readonly body: string }

function splitPart(text: string): Part {
  const [head = '', ...body] = text.split('\r\n\r\n')
  const unfolded = head.replaceAll(/\r\n[ \t]+/g, ' ')
  const headers = Object.fromEntries(
    unfolded.split('\r\n').map((line) => {
      const [name = '', ...value] = line.split(': ')
      return [name.toLowerCase(), value.join(': ')]
    }),
  )
  return { headers, body: body.join('\r\n\r\n') }
}

function decoded(part: Part | undefined): string {
  if (!part) return ''
  const encoding = part.headers['content-transfer-encoding']
  if (encoding === 'base64') return Buffer.from(part.body, 'base64').toString()
  if (encoding !== 'quoted-printable') return part.body
  const bytes = part.body
    .replaceAll(/=\r\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}

/** The code in a message. */
export function codeIn({ text }: Pick<ReceivedMail, 'text'>): string {
  const code = /^ {4}(\d{6})$/m.exec(text)?.[1]
  if (code === undefined) throw new Error(`There is no code in this message:\n${text}`)
  return code
}

/** The path and query of the link of a message, and the token in it. */
export function linkIn({ text }: Pick<ReceivedMail, 'text'>): { path: string; token: string } {
  const link = /^https?:\/\/\S+\?token=\S+$/m.exec(text)?.[0]
  if (link === undefined) throw new Error(`There is no link in this message:\n${text}`)
  const url = new URL(link)
  return { path: url.pathname + url.search, token: url.searchParams.get('token') ?? '' }
}
