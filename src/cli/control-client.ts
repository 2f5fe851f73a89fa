import { statSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { Report } from '#src/cli/command.ts'
import { controlSocketOf, hasSafeSocketFolder } from '#src/cli/control-socket.ts'
import { Progress, Reply, type Request } from '#src/cli/protocol.ts'
import { codeOf } from '#src/cli/system-errors.ts'
import type { FailureCode } from '#src/platform/operator-error.ts'

/** The connection ended without a valid reply, so the command may or may not have run. */
class NoReply extends Error {
  override name = 'NoReply'

  constructor() {
    super('The server stopped before it answered. Check whether the command took effect, then try again.')
  }

  get failureCode(): FailureCode {
    return 'no_answer'
  }
}

/** Only the user that runs the server may use its socket, or enter the data folder at all. */
class OtherUsersServer extends Error {
  override name = 'OtherUsersServer'

  constructor(dataDir: string) {
    const owner = ownerOf(dataDir)
    super(
      `This user may not use the data folder ${dataDir}` +
        `${owner === undefined ? '' : `, which belongs to uid ${owner}`}.\n` +
        'Run this command as the user that runs the server, or set SIGIL_DATA_DIR to another folder.',
    )
  }

  get failureCode(): FailureCode {
    return 'not_yours'
  }
}

/** Sends a request to the server of a data folder; undefined where none runs. */
export async function requestServer(
  dataDir: string,
  request: Request,
  report: Report = () => {},
): Promise<Reply | undefined> {
  const connection = await connectTo(dataDir)
  if (!connection) return undefined
  connection.write(`${JSON.stringify(request)}\n`)
  try {
    let last: unknown
    for await (const line of createInterface({ input: connection, crlfDelay: Infinity })) {
      last = JSON.parse(line)
      const progress = Progress.safeParse(last)
      if (progress.success) report(progress.data.text)
    }
    return Reply.parse(last)
  } catch {
    throw new NoReply()
  }
}

/** Returns whether a server runs on this data folder and accepts commands. */
export async function isServed(dataDir: string): Promise<boolean> {
  const connection = await connectTo(dataDir).catch(() => undefined)
  connection?.destroy()
  return connection !== undefined
}

/** Undefined where no server listens: a killed one leaves its socket behind. */
async function connectTo(dataDir: string): Promise<Socket | undefined> {
  const { socket } = controlSocketOf(dataDir)
  try {
    if (!hasSafeSocketFolder(dataDir)) return undefined
    return await connected(socket)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTDIR') return undefined
    if (code === 'EACCES' || code === 'EPERM') throw new OtherUsersServer(dataDir)
    throw error
  }
}

/** Undefined where this user may not even see the folder. */
function ownerOf(folder: string): number | undefined {
  try {
    return statSync(folder).uid
  } catch {
    return undefined
  }
}

function connected(socket: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const connection = connect(socket)
    connection.once('error', reject)
    connection.once('connect', () => {
      connection.off('error', reject)
      // From here on an error shows as an incomplete reply.
      connection.on('error', () => {})
      resolve(connection)
    })
  })
}
