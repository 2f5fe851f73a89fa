import { logPort, nodeName } from '#src/revocations/log-port.ts'
import { RevocationNode } from '#src/revocations/node.ts'
import { perWorld } from '#src/world.ts'

/** This server's own view of the log: one per world. */
export const revocationNode = perWorld(
  ({ db, clock, random, keys, settings }) =>
    new RevocationNode({
      clock,
      random,
      port: logPort({ db, keys }),
      name: nodeName(),
      leaseMs: settings.revocationLeaseMs,
      isAlone: db.dialect === 'sqlite',
    }),
)
