import { z } from 'zod'
import { success, worldCommand } from '#src/cli/command.ts'
import { columns } from '#src/cli/help.ts'
import { type ListedLeaseholder, listLeaseholders } from '#src/revocations/lease/list-leaseholders.ts'

export const nodesCommand = worldCommand({
  name: 'nodes',
  creates: 'nothing',
  summary: 'List the leaseholders: the nodes of this database, and the verifiers that poll the node here.',
  operands: [],
  flags: {},
  input: z.strictObject({}),
  run: async (world) => {
    const { head, leaseholders, knowsVerifiers } = await listLeaseholders(world)
    const table = [['KIND', 'NAME', 'LEASE', 'RENEWED', 'ACKED', 'LAG', 'ID'], ...leaseholders.map(cellsOf)]
    const lines = leaseholders.length === 0 ? ['No server is running on this database.'] : columns(table)
    const more = knowsVerifiers
      ? []
      : ['A verifier is listed only by the node that it polls: run this command on that machine.']
    return success([...lines, '', `The revocation log ends at ${head}.`, ...more], {
      head,
      verifiers_known: knowsVerifiers,
      leaseholders: leaseholders.map(onWire),
    })
  },
})

function cellsOf({ kind, name, leaseMs, renewedMsAgo, acked, lag, id }: ListedLeaseholder): string[] {
  const renewed = renewedMsAgo === undefined ? '-' : `${(renewedMsAgo / 1000).toFixed(1)} s ago`
  return [kind, name, leaseMs === 0 ? '-' : `${leaseMs / 1000} s`, renewed, String(acked), String(lag), id]
}

function onWire({ kind, name, leaseMs, renewedMsAgo, acked, lag, id }: ListedLeaseholder) {
  const renewed = renewedMsAgo === undefined ? null : Math.round(renewedMsAgo)
  return { id, kind, name, lease_ms: leaseMs, renewed_ms_ago: renewed, acked, lag }
}
