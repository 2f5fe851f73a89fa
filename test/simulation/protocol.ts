import type { keepNode, receiveHint } from '#src/revocations/lease/keep-lease.ts'
import type { RevocationNode } from '#src/revocations/lease/node.ts'
import type { poll } from '#src/revocations/lease/poll.ts'
import type { propagate } from '#src/revocations/propagation.ts'
import type { Feed } from '../../sdk/verify/src/feed.ts'

/** The real code of the protocol, or a copy of it with one rule broken. */
export type Protocol = {
  readonly RevocationNode: typeof RevocationNode
  readonly keepNode: typeof keepNode
  readonly receiveHint: typeof receiveHint
  readonly propagate: typeof propagate
  readonly poll: typeof poll
  readonly Feed: typeof Feed
}

/** Loads the protocol from a source tree. */
export async function loadProtocol(root: URL): Promise<Protocol> {
  const files = ['lease/node', 'lease/keep-lease', 'lease/poll', 'propagation']
  const modules = await Promise.all(
    [...files.map((file) => `src/revocations/${file}.ts`), 'sdk/verify/src/feed.ts'].map(
      (file) => import(new URL(file, root).href),
    ),
  )
  return Object.assign({}, ...modules)
}
