import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Database, startDatabase } from '#faults/database.ts'
import type { History } from '#faults/history.ts'
import { Program } from '#faults/program.ts'
import { textOfKey } from '#faults/proofs.ts'
import type { Judged, Watch } from '#faults/verifier-process.ts'
import { newProofKey, type ProofKey } from '#test/support/dpop.ts'
import type { Place } from '#test/support/engines.ts'
import { freePort } from '#test/support/free-port.ts'
import { envOf, type Ran, sigil } from '#test/support/sigil.ts'
import { type TcpProxy, tcpProxy, tcpProxyTo } from '#test/support/tcp-proxy.ts'

/** A process that can be killed and frozen, and its network connection, which can be broken. */
export type Machine = { readonly name: string; readonly program: Program; readonly proxy: TcpProxy }

export type Node = Machine & { readonly url: string }

export type Verifier = Machine & {
  readonly node: string
  /** Whether it judges tokens of apps or first-party tokens. */
  readonly isOfApi: boolean
  watch(watch: Watch): void
}

export type Cluster = {
  readonly database: Database
  readonly nodes: readonly Node[]
  readonly verifiers: readonly Verifier[]
  readonly admin: { readonly login: string; readonly password: string }
  /** With it, every node is asked about tokens of apps. */
  readonly apiKey: string
  /** What the bound tokens are bound to. */
  readonly proofKey: ProofKey
  /** Runs a command in a process of its own. */
  command(words: readonly string[]): Promise<Ran>
  stop(): Promise<void>
}

export const nodeNames = ['node-0', 'node-1', 'node-2']

/** Each with the node that it polls, and its behavior without a lease. The last one belongs to an API. */
export const verifierNames = {
  'verifier-0': ['node-0', 'deny'],
  'verifier-1': ['node-1', 'ask'],
  'verifier-2': ['node-2', 'ask'],
} as const
const ofApi = 'verifier-2'

export const api = { name: 'notes', audience: 'https://notes.example.org' }

export const issuer = 'http://localhost:1'
const leaseMs = 1000
const admin = { login: 'admin@example.org', password: 'a battery of correct horses' }

/** Three nodes, three verifiers and their database, from the source in `root`; all up when it resolves. */
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
    await command(['migrate'], place)
    await command(['api', 'add', api.name, '--audience', api.audience, '--scope', 'read=Read notes'], place)
    const keys = Object.keys(verifierNames).map((name) => keyOf(name, place))
    const proofKey = await newProofKey()
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
        const verifier = await makeVerifier({ ...about, proofKey: await textOfKey(proofKey) }, server.url)
        endings.push(
          () => verifier.program.kill(),
          () => verifier.proxy.close(),
        )
        await verifier.program.start()
        return verifier
      }),
    )
    const apiKey = (await keys.at(-1)) ?? ''
    const run = (words: readonly string[]) => sigil(words, { place })
    return { database, nodes, verifiers, admin, apiKey, proofKey, command: run, stop }
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
      // The run is the proxy of the hosts of apps.
      SIGIL_TRUSTED_PROXIES: '127.0.0.1',
      SIGIL_REVOCATION_LEASE: `${leaseMs}ms`,
    },
    ready: /Sigil is ready/,
    onAccident: (what) => history.accidents.push(what),
  })
  return { name, program, proxy, url: `http://127.0.0.1:${port}` }
}

type AboutVerifier = About & {
  readonly node: string
  readonly stale: string
  readonly key: string
  readonly proofKey: string
}

async function makeVerifier(about: AboutVerifier, url: string): Promise<Verifier> {
  const { name, root, history, node, stale, key, proofKey } = about
  const isOfApi = name === ofApi
  const { hostname: host, port } = new URL(url)
  const proxy = await tcpProxy({ host, port: Number(port) })
  const program = new Program({
    name,
    file: fileURLToPath(import.meta.resolve('#faults/verifier-process.ts')),
    args: [root.href, issuer, isOfApi ? api.audience : issuer, proxy.through(url).replace(/\/$/, ''), stale],
    env: { VERIFIER_KEY: key, PROOF_KEY: proofKey },
    ready: /^ready$/m,
    onMessage: (judged) => {
      for (const [token, begin, end, verdict] of judged as Judged[])
        history.verifies.push({ judge: name, token, begin, end, verdict })
    },
    onAccident: (what) => history.accidents.push(what),
  })
  return { name, node, isOfApi, program, proxy, watch: (watch) => program.send(watch) }
}

async function keyOf(name: string, place: Place): Promise<string> {
  const isOf = name === ofApi ? ['--api', api.name] : []
  return String(JSON.parse(await command(['verifier', 'add', name, ...isOf], place)).key)
}

async function command(words: readonly string[], place: Place): Promise<string> {
  const { code, stdout, stderr } = await sigil([...words, '--json'], { place, input: admin.password })
  if (code !== 0) throw new Error(`sigil ${words.join(' ')} ended with ${code}: ${stdout}${stderr}`)
  return stdout
}
