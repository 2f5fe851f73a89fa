import { z } from 'zod'
import { told, worldCommand } from '#src/cli/command.ts'
import { examineDatabase } from '#src/cli/doctor/database.ts'
import { type Finding, ok, warning, wrong } from '#src/cli/doctor/finding.ts'
import { version } from '#src/cli/version.ts'
import { readiness } from '#src/operations/readiness.ts'
import { forwardedBy } from '#src/server/forwarded.ts'
import type { World } from '#src/world/world.ts'

/** What `sigil doctor` asks the server that has the database open. Nobody types it, so no table lists it. */
export const inspect = worldCommand({
  name: 'inspect',
  summary: 'Say how this server is.',
  operands: [],
  flags: {},
  input: z.strictObject({}),
  run: async (world) => {
    const findings = [
      await serverFinding(world),
      ...proxyFindings(world),
      ...(await examineDatabase(world.db, world.clock, world.settings)),
    ]
    return told([], { public_url: world.settings.publicUrl, findings })
  },
})

async function serverFinding(world: World): Promise<Finding> {
  const failing = (await readiness(world)).filter((check) => !check.ok).map(({ name }) => name)
  if (failing.length === 0) return ok('server', `Sigil ${version()} runs, and is ready.`)
  return wrong('server', `It runs, and is not ready: ${failing.join(', ')}.`, 'Its log says why.')
}

function proxyFindings(world: World): Finding[] {
  const { near, far } = forwardedBy(world).seen
  const name = (peer: string) => `If that is your proxy, name it: SIGIL_TRUSTED_PROXIES=${peer}.`
  if (near !== undefined) {
    const message = `${near} forwards calls and is not trusted: all seem to come from it, and share its limits.`
    return [wrong('proxy', message, name(near))]
  }
  if (far === undefined) return []
  return [warning('proxy', `${far} sent forwarding headers, which were not believed.`, name(far))]
}
