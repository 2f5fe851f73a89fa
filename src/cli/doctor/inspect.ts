import { z } from 'zod'
import { success, worldCommand } from '#src/cli/command.ts'
import { examineDatabase } from '#src/cli/doctor/database.ts'
import { type Finding, ok, warning, wrong } from '#src/cli/doctor/finding.ts'
import { readiness } from '#src/operations/readiness.ts'
import { version } from '#src/platform/version.ts'
import { forwardedBy } from '#src/server/forwarded.ts'
import type { World } from '#src/world/world.ts'

/** `sigil doctor` sends this command to a running server. It is not for people, so no table lists it. */
export const inspect = worldCommand({
  name: 'inspect',
  creates: 'nothing',
  summary: 'Report the state of this server.',
  operands: [],
  flags: {},
  input: z.strictObject({}),
  run: async (world) => {
    const findings = [
      await serverFinding(world),
      ...proxyFindings(world),
      ...(await examineDatabase(world.db, world.clock, world.settings)),
    ]
    return success([], { public_url: world.settings.publicUrl, findings })
  },
})

async function serverFinding(world: World): Promise<Finding> {
  const failing = (await readiness(world)).filter((check) => !check.ok).map(({ name }) => name)
  if (failing.length === 0) return ok('server', `Sigil ${version()} is running and ready.`)
  return wrong('server', `The server is running but not ready: ${failing.join(', ')}.`, 'See its log.')
}

function proxyFindings(world: World): Finding[] {
  const { near, far } = forwardedBy(world).seen
  const advice = (peer: string) => `If that is your proxy, set SIGIL_TRUSTED_PROXIES=${peer}.`
  if (near !== undefined) {
    const message = `${near} forwards requests but is not trusted: all clients share its rate limits.`
    return [wrong('proxy', message, advice(near))]
  }
  if (far === undefined) return []
  return [warning('proxy', `${far} sent forwarding headers, which were ignored.`, advice(far))]
}
