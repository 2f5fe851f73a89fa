import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { type Command, failure, type Output, type Report, type ServedCommand } from '#src/cli/command.ts'
import { controlSocketOf, makeSocketFolder } from '#src/cli/control-socket.ts'
import { failureOf } from '#src/cli/failures.ts'
import { atIntervals } from '#src/cli/progress.ts'
import { fingerprint, maxRequestBytes, type Reply, Request } from '#src/cli/protocol.ts'
import { readInput } from '#src/cli/read-input.ts'
import type { Clock } from '#src/platform/clock.ts'
import { jsonIn } from '#src/platform/json.ts'
import { version } from '#src/platform/version.ts'
import { DatabaseInUse } from '#src/store/db.ts'
import { holdLock } from '#src/store/sqlite-lock.ts'
import type { World } from '#src/world/world.ts'

export type Control = { close(): Promise<void> }

/** Loads the commands that a server runs: most servers are never sent one. */
type Commands = () => Promise<readonly Command[]>

/** How long a connection may stay open without a request. */
const maxIdleMs = 10_000
/** How long a command may run after the server began to stop. */
const maxCommandMs = 25_000
const noControl: Control = { close: async () => {} }

/**
 * Accepts commands over a socket in the data folder: this process has the lock of the embedded database, and
 * what a command revokes takes effect here at once. Never throws, because the server works without it.
 */
export async function openControl(world: World, commands: Commands): Promise<Control> {
  const { dataDir } = world.settings
  const { socket } = controlSocketOf(dataDir)
  try {
    makeSocketFolder(dataDir)
    // Only a running process holds the lock, so a socket without it was left behind by a killed one.
    const lock = holdLock(socket)
    try {
      rmSync(socket, { force: true })
      const server = await listen(socket, world, (line, report) => run(world, commands, line, report))
      return { close: () => close(server, world).finally(lock.release) }
    } catch (error) {
      lock.release()
      throw error
    }
  } catch (error) {
    if (error instanceof DatabaseInUse) {
      world.log.warn({ socket }, 'Another server uses this data folder; it receives the admin commands')
    } else
      world.log.warn(
        { socket, error },
        'Admin commands cannot reach this server: its socket cannot be opened. Check SIGIL_DATA_DIR',
      )
    return noControl
  }
}

type Replies = (line: string, report: Report) => Promise<Reply>
type OpenServer = Server & { readonly connections: Set<Socket> }

function listen(socket: string, { clock }: World, reply: Replies): Promise<OpenServer> {
  const connections = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (connection) => {
    connections.add(connection)
    connection.on('close', () => connections.delete(connection))
    serve(connection, clock, reply)
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    // The folder is private, so others cannot connect before the mode is set.
    server.listen(socket, () => {
      chmodSync(socket, 0o600)
      resolve(Object.assign(server, { connections }))
    })
  })
}

function serve(connection: Socket, clock: Clock, reply: Replies): void {
  let text = ''
  let isReceived = false
  connection.setEncoding('utf8')
  const cancel = clock.after(maxIdleMs, () => {
    if (!isReceived) connection.destroy()
  })
  connection.on('close', cancel)
  connection.on('error', () => connection.destroy())
  connection.on('data', (chunk) => {
    if (isReceived) return
    text += chunk
    const end = text.indexOf('\n')
    if (end < 0) {
      if (text.length > maxRequestBytes) connection.destroy()
      return
    }
    isReceived = true
    const report = (text: string) => {
      connection.write(`${JSON.stringify({ kind: 'progress', text })}\n`)
    }
    reply(text.slice(0, end), report).then(
      (sent) => connection.end(`${JSON.stringify(sent)}\n`),
      () => connection.destroy(),
    )
  })
  connection.on('end', () => {
    if (!isReceived) connection.destroy()
  })
}

/** Validates the input again: the client is not trusted to have done so. */
async function run(world: World, commands: Commands, line: string, report: Report): Promise<Reply> {
  const request = Request.safeParse(jsonIn(line))
  if (!request.success) return replyOf(failure('usage', ['Malformed request.']))
  const { release, database, command: name, input } = request.data
  if (release !== version()) return { kind: 'other_release', release: version() }
  const ours = fingerprint(world.settings.databaseUrl)
  if (database !== null && database !== ours) return { kind: 'elsewhere' }
  const command = (await commands()).find((one): one is InServer => one.name === name && runsInServers(one))
  if (!command) return replyOf(failure('usage', ['Unknown command.']))
  const read = readInput(command, input)
  if (read.kind === 'wrong') return replyOf(read.output)
  world.log.info({ command: name }, 'Admin command received')
  try {
    return replyOf(await command.run(world, read.input, atIntervals(world.clock, report)))
  } catch (error) {
    return replyOf(failureOf(error, world))
  }
}

type InServer = Exclude<ServedCommand, { needs: 'alone' }>

function runsInServers({ needs }: Command): boolean {
  return needs === 'world' || needs === 'store'
}

function replyOf({ exit, lines, json }: Output): Reply {
  return { kind: 'output', exit, lines: [...lines], json }
}

/** Waits for running commands for a limited time, but not for connections that have sent nothing. */
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
