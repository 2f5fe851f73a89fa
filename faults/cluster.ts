import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Database, startDatabase } from '#faults/database.ts'
import type { History } from '#faults/history.ts'
import { Program } from '#faults/program.ts'
import type { Judged, Watch } from '#faults/verifier-process.ts'
import type { Place } from '#test/support/engines.ts'
import { freePort } from '#test/support/free-port.ts'
import { envOf, sigil } from '#test/support/sigil.ts'
import { type TcpProxy, tcpProxy, tcpProxyTo } from '#test/support/tcp-proxy.ts'

/** Something that can be killed and frozen, and what it needs the network for, which can be broken. */
export type Machine = { readonly name: string; readonly program: Program; readonly proxy: TcpProxy }

export type Node = Machine & { readonly url: string }

export type Verifier = Machine & { readonly node: string; watch(watch: Watch): void }

export type Cluster = {
  readonly database: Database
  readonly nodes: readonly Node[]
  readonly verifiers: readonly Verifier[]
  readonly admin: { readonly login: string; readonly password: string }
  stop(): Promise<void>
}

export const nodeNames = ['node-0', 'node-1', 'node-2']

/** Each with the node that it polls, and what it does without a lease. */
export const verifierNames = { 'verifier-0': ['node-0', 'deny'], 'verifier-1': ['node-1', 'ask'] } as const

const issuer = 'http://localhost:1'
const leaseMs = 1000
const admin = { login: 'admin@example.org', password: 'a battery of correct horses' }

/** Three nodes, two verifiers and their database, from the source in `root`; all up when it resolves. */
export async function startCluster(root: URL, history: History): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'sigil-faults-'))
  const endings: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
  const stop = async () => {
    for (const end of endings.splice(0).reverse()) await end()
  }
  try {
    const database = await startDatabase()
    endings.push(() => database.stop())
    const place = { databaseUrl: database.url, dataDir: join(folder, 'commands') }
    const keys = Object.keys(verifierNames).map((name) => keyOf(name, place))
    const created = command(['admin', 'create', '--email', admin.login, '--password-stdin'], place)
    const nodes = await Promise.all(
      nodeNames.map(async (name) => {
        const node = await makeNode({ name, root, history }, { ...place, dataDir: join(folder, name) })
        endings.push(
          () => node.program.kill(),
          () => node.proxy.close(),
        )
        await node.program.start()
        return node
      }),
    )
    await created
    const verifiers = await Promise.all(
      Object.entries(verifierNames).map(async ([name, [node, stale]], index) => {
        const server = nodes.find((one) => one.name === node) as Node
        const about = { name, root, history, node, stale, key: (await keys[index]) ?? '' }
        const verifier = await makeVerifier(about, server.url)
        endings.push(
          () => verifier.program.kill(),
          () => verifier.proxy.close(),
        )
        await verifier.program.start()
        return verifier
      }),
    )
    return { database, nodes, verifiers, admin, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

type About = { readonly name: string; readonly root: URL; readonly history: History }

async function makeNode({ name, root, history }: About, place: Place): Promise<Node> {
  const [proxy, port] = [await tcpProxyTo(place.databaseUrl ?? ''), await freePort()]
  const program = new Program({
    name,
    file: fileURLToPath(new URL('src/main.js', root)),
    args: ['start'],
    env: {
      ...envOf({ ...place, databaseUrl: proxy.through(place.databaseUrl ?? '') }),
      SIGIL_HOST: '127.0.0.1',
      SIGIL_PORT: String(port),
      SIGIL_PUBLIC_URL: issuer,
      SIGIL_RATE_LIMITS: 'off',
      SIGIL_REVOCATION_LEASE: `${leaseMs}ms`,
    },
    ready: /Sigil is ready/,
    onAccident: (what) => history.accidents.push(what),
  })
  return { name, program, proxy, url: `http://127.0.0.1:${port}` }
}

type AboutVerifier = About & { readonly node: string; readonly stale: string; readonly key: string }

async function makeVerifier(about: AboutVerifier, url: string): Promise<Verifier> {
  const { name, root, history, node, stale, key } = about
  const { hostname: host, port } = new URL(url)
  const proxy = await tcpProxy({ host, port: Number(port) })
  const program = new Program({
    name,
    file: fileURLToPath(import.meta.resolve('#faults/verifier-process.ts')),
    args: [root.href, issuer, proxy.through(url).replace(/\/$/, ''), stale],
    env: { VERIFIER_KEY: key },
    ready: /^ready$/m,
    onMessage: (judged) => {
      for (const [token, begin, end, verdict] of judged as Judged[])
        history.verifies.push({ judge: name, token, begin, end, verdict })
    },
    onAccident: (what) => history.accidents.push(what),
  })
  return { name, node, program, proxy, watch: (watch) => program.send(watch) }
}

async function keyOf(name: string, place: Place): Promise<string> {
  return String(JSON.parse(await command(['verifier', 'add', name], place)).key)
}

async function command(words: readonly string[], place: Place): Promise<string> {
  const { code, stdout, stderr } = await sigil([...words, '--json'], { place, input: admin.password })
  if (code !== 0) throw new Error(`sigil ${words.join(' ')} ended with ${code}: ${stdout}${stderr}`)
  return stdout
}
