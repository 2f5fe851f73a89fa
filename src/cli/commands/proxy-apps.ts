import { z } from 'zod'
import { changeApp } from '#src/apps/add-app.ts'
import { appOnWire } from '#src/apps/on-wire.ts'
import { type PathRule, requirementIn } from '#src/apps/path-rules.ts'
import { maxHosts, maxRules, type ProxySite } from '#src/apps/proxy-site.ts'
import { byCli } from '#src/audit/by.ts'
import { type Command, type Output, success, worldCommand } from '#src/cli/command.ts'
import { explained } from '#src/cli/commands/app-errors.ts'
import type { World } from '#src/world/world.ts'

/** `PATH=REQUIREMENT`, such as `/admin=roles:admin`. */
const RuleWord = z.string().transform((word, context): PathRule => {
  const equals = word.indexOf('=')
  const requires = equals === -1 ? undefined : requirementIn(word.slice(equals + 1))
  if (requires) return { path: word.slice(0, equals), requires }
  const message = 'must be PATH=public, PATH=signed_in, PATH=aal2 or PATH=roles:ROLE,...'
  context.addIssue({ code: 'custom', message })
  return z.NEVER
})

export const HostWords = z.array(z.string().min(1).max(260)).max(maxHosts).default([])
export const RuleWords = z.array(RuleWord).max(maxRules).default([])

export const siteFlags = {
  host: {
    kind: 'list',
    value: 'HOST[:PORT]',
    required: false,
    summary: 'Where a proxy serves the app.',
  },
  rule: {
    kind: 'list',
    value: 'PATH=public|signed_in|aal2|roles:ROLE,...',
    required: false,
    summary: 'The rule for a path; all other paths require a sign-in.',
  },
} as const

const setHosts = worldCommand({
  name: 'app set-hosts',
  creates: 'nothing',
  summary: 'Replace the hosts of an app behind a proxy. Tickets of other hosts stop working at once.',
  operands: ['app'],
  flags: { host: { ...siteFlags.host, required: true } },
  input: z.strictObject({ app: z.string().max(100), host: HostWords }),
  run: (world, { app, host: hosts }) => changed(world, app, { hosts }),
})

const setRules = worldCommand({
  name: 'app set-rules',
  creates: 'nothing',
  summary: 'Replace the path rules of an app behind a proxy. Without rules, every path requires a sign-in.',
  operands: ['app'],
  flags: { rule: siteFlags.rule },
  input: z.strictObject({ app: z.string().max(100), rule: RuleWords }),
  run: (world, { app, rule: rules }) => changed(world, app, { rules }),
})

function changed(world: World, clientId: string, site: Partial<ProxySite>): Promise<Output> {
  return explained(async () => {
    const app = await changeApp(world, { clientId, edit: { site }, by: byCli })
    return success([`The app ${app.name} was changed on every node.`], appOnWire(app))
  }, clientId)
}

export const proxyAppCommands: readonly Command[] = [setHosts, setRules]
