import { lstatSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { Reply, type Request } from '#src/cli/protocol.ts'
import { hasSafeSocketFolder, socketPlace } from '#src/cli/socket-place.ts'
import { codeOf } from '#src/cli/system-errors.ts'

/** A server is there, but what came back is no answer: whether it did what was asked is not known. */
export class NoAnswer extends Error {
  override name = 'NoAnswer'

  constructor() {
    super('The server went away before it answered. Look whether it was done, then try again.')
  }
}

/** Somebody else's server: the socket is for its own user alone. */
export class NotYours extends Error {
  override name = 'NotYours'

  constructor(socket: string) {
    const owner = lstatSync(socket, { throwIfNoEntry: false })?.uid
    super(
      `A server runs on this data folder as another user${owner === undefined ? '' : ` (uid ${owner})`}. ` +
        'Run this command as that user.',
    )
  }
}

/** Asks the server of a data folder; undefined where none runs. */
export async function requestServer(dataDir: string, request: Request): Promise<Reply | undefined> {
  const connection = await propagation(dataDir)
  if (!connection) return undefined
  const said = connection.setEncoding('utf8').toArray()
  connection.write(`${JSON.stringify(request)}\n`)
  try {
    return Reply.parse(JSON.parse((await said).join('')))
  } catch {
    throw new NoAnswer()
  }
}

/** Whether a server runs on this data folder and takes commands. */
export async function isServed(dataDir: string): Promise<boolean> {
  const connection = await propagation(dataDir).catch(() => undefined)
  connection?.destroy()
  return connection !== undefined
}

/** Nobody listens on a socket that a killed server left behind. */
async function propagation(dataDir: string): Promise<Socket | undefined> {
  const { socket } = socketPlace(dataDir)
  try {
    if (!hasSafeSocketFolder(dataDir)) return undefined
    return await connected(socket)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTDIR') return undefined
    if (code === 'EACCES' || code === 'EPERM') throw new NotYours(socket)
    throw error
  }
}

function connected(socket: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const connection = connect(socket)
    connection.once('error', reject)
    connection.once('connect', () => {
      connection.off('error', reject)
      // From here on it is told by what was read.
      connection.on('error', () => {})
      resolve(connection)
    })
  })
}
