import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { type Command, exits, failure, type Output, type ServedCommand } from '#src/cli/command.ts'
import { failureOf } from '#src/cli/failures.ts'
import { fingerprint, maxRequestBytes, type Reply, Request } from '#src/cli/protocol.ts'
import { makeSocketFolder, socketPlace } from '#src/cli/socket-place.ts'
import { version } from '#src/cli/version.ts'
import type { Clock } from '#src/platform/clock.ts'
import { jsonIn } from '#src/platform/json.ts'
import { DatabaseInUse } from '#src/store/db.ts'
import { holdLock } from '#src/store/sqlite-lock.ts'
import type { World } from '#src/world/world.ts'

export type Control = { close(): Promise<void> }

const patienceMs = 10_000
/** How long a command may go on after the server was told to stop. */
const maxCommandMs = 25_000
const noControl: Control = { close: async () => {} }

/**
 * Takes commands from whoever may use the data folder: the embedded database is locked to this process, and
 * with any database what is revoked here is dead here at once. Without it the server does all else, so it
 * never fails.
 */
export async function openControl(world: World, commands: readonly Command[]): Promise<Control> {
  const { dataDir } = world.settings
  const { socket } = socketPlace(dataDir)
  try {
    makeSocketFolder(dataDir)
    // Held by a living process only, so a socket that is there without it is left over from one that was
    // killed.
    const lock = holdLock(socket)
    try {
      rmSync(socket, { force: true })
      const server = await listen(socket, world, (line) => answer(world, commands, line))
      return { close: () => close(server, world).finally(lock.release) }
    } catch (error) {
      lock.release()
      throw error
    }
  } catch (error) {
    if (error instanceof DatabaseInUse) {
      world.log.warn({ socket }, 'Another server has this data folder too; commands go to that one')
    } else world.log.warn({ socket, error }, 'Commands cannot reach this server: its socket cannot be opened')
    return noControl
  }
}

type OpenServer = Server & { readonly connections: Set<Socket> }

function listen(
  socket: string,
  { clock }: World,
  reply: (line: string) => Promise<Reply>,
): Promise<OpenServer> {
  const connections = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (connection) => {
    connections.add(connection)
    connection.on('close', () => connections.delete(connection))
    converse(connection, clock, reply)
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    // The folder lets nobody else in while the socket does not have its mode yet.
    server.listen(socket, () => {
      chmodSync(socket, 0o600)
      resolve(Object.assign(server, { connections }))
    })
  })
}

function converse(connection: Socket, clock: Clock, reply: (line: string) => Promise<Reply>): void {
  let text = ''
  let isAsked = false
  connection.setEncoding('utf8')
  const cancel = clock.after(patienceMs, () => {
    if (!isAsked) connection.destroy()
  })
  connection.on('close', cancel)
  connection.on('error', () => connection.destroy())
  connection.on('data', (chunk) => {
    if (isAsked) return
    text += chunk
    const end = text.indexOf('\n')
    if (end < 0) {
      if (text.length > maxRequestBytes) connection.destroy()
      return
    }
    isAsked = true
    reply(text.slice(0, end)).then(
      (said) => connection.end(`${JSON.stringify(said)}\n`),
      () => connection.destroy(),
    )
  })
  connection.on('end', () => {
    if (!isAsked) connection.destroy()
  })
}

/** Believes nothing that was checked on the other side: what came is read again by the same schemas. */
async function answer(world: World, commands: readonly Command[], line: string): Promise<Reply> {
  const request = Request.safeParse(jsonIn(line))
  if (!request.success) return toldReply(failure(exits.usage, 'usage', ['This is no request of ours.']))
  const { release, database, command: name, input } = request.data
  if (release !== version()) return { kind: 'other_release', release: version() }
  const ours = fingerprint(world.settings.databaseUrl)
  if (database !== null && database !== ours) return { kind: 'elsewhere' }
  const command = commands.find((one): one is InServer => one.name === name && isForServers(one))
  if (!command) return toldReply(failure(exits.usage, 'usage', ['There is no such command here.']))
  const typed = command.input.safeParse(input)
  if (!typed.success) return toldReply(failureOf(typed.error, world))
  world.log.info({ command: name }, 'A command came over the socket')
  try {
    return toldReply(await command.run(world, typed.data))
  } catch (error) {
    return toldReply(failureOf(error, world))
  }
}

type InServer = Exclude<ServedCommand, { needs: 'alone' }>

function isForServers({ needs }: Command): boolean {
  return needs === 'world' || needs === 'store'
}

function toldReply({ exit, lines, json }: Output): Reply {
  return { kind: 'told', exit, lines: [...lines], json }
}

/** Commands under way end first, within reason; who is connected and says nothing is not waited for. */
async function close(server: OpenServer, { clock }: World): Promise<void> {
  const { connections } = server
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  for (const connection of connections) if (connection.bytesRead === 0) connection.destroy()
  const cancel = clock.after(maxCommandMs, () => {
    for (const connection of connections) connection.destroy()
  })
  await closed
  cancel()
}
