import { type Answered, ask, type Sent } from '#faults/calls.ts'
import { type Cluster, issuer, type Node } from '#faults/cluster.ts'
import type { History } from '#faults/history.ts'
import type { Judges } from '#faults/judges.ts'
import { proofFor } from '#faults/proofs.ts'
import type { Chance } from '#test/crash/chance.ts'

type Method = Sent['method']

/** Shared by all clients: the nodes that they call, and the history. */
export class Scene {
  readonly history: History
  readonly judges: Judges
  /** The machines that are currently broken, which most clients avoid. */
  readonly broken = new Set<string>()
  readonly #cluster: Cluster
  #adminToken = ''

  constructor(cluster: Cluster, history: History, judges: Judges) {
    this.#cluster = cluster
    this.history = history
    this.judges = judges
  }

  /** Calls one of the nodes. Any status from 500 except 503 is an error of the server, under any fault. */
  async call(
    chance: Chance,
    method: Method,
    path: string,
    sent: Omit<Sent, 'method' | 'path'> = {},
  ): Promise<Answered | undefined> {
    const node = this.#node(chance)
    const answer = await ask(node.url, { method, path, ...sent })
    const isAccident = answer && answer.status >= 500 && answer.status !== 503
    if (isAccident) this.history.accidents.push(`${node.name} answered ${path} with ${answer.status}`)
    return answer
  }

  async callAsAdmin(
    chance: Chance,
    method: Method,
    path: string,
    json: unknown = {},
  ): Promise<Answered | undefined> {
    if (this.#adminToken === '') {
      const signedIn = await this.call(chance, 'POST', '/api/v1/auth/signin', { json: this.#cluster.admin })
      if (signedIn?.status === 200) this.#adminToken = String(signedIn.body.access_token)
    }
    const bearer = this.#adminToken
    const answer = await this.call(chance, method, path, method === 'POST' ? { bearer, json } : { bearer })
    if (answer?.status === 401) this.#adminToken = ''
    return answer
  }

  /** Proves the key of the bound tokens to the token endpoint. */
  proof(): Promise<string> {
    return proofFor(this.#cluster.proofKey, { method: 'POST', url: `${issuer}/oauth/token` })
  }

  /** Balancers avoid an unhealthy node only after a while, so a few clients still call it. */
  #node(chance: Chance): Node {
    const { nodes } = this.#cluster
    const well = nodes.filter(({ name }) => !this.broken.has(name))
    const among = well.length === 0 || chance.between(1, 40) === 1 ? nodes : well
    return among[chance.between(0, among.length - 1)] as Node
  }
}
