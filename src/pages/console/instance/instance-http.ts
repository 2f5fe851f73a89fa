import { z } from 'zod'
import { callerOf } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { readiness } from '#src/operations/readiness.ts'
import { cliCommand, consolePage } from '#src/pages/console/console-page.ts'
import { Filter } from '#src/pages/console/filter.ts'
import { healthContent, nodesContent, settingsContent } from '#src/pages/console/instance/instance-pages.ts'
import { mayChange } from '#src/pages/console/places.ts'
import { textsOf } from '#src/pages/texts.ts'
import { listLeaseholders } from '#src/revocations/lease/list-leaseholders.ts'
import { allVerifiers } from '#src/revocations/verifiers.sql.ts'
import { shownSettings } from '#src/settings/settings.ts'
import type { World } from '#src/world/world.ts'

export const showNodes = endpoint({
  summary: 'The nodes of the database and the verifiers, with their leases and their lag.',
  responses: { 200: null },
  errors: [],
  handle: async (world: World, call) => {
    const texts = textsOf(call)
    const content = nodesContent(texts, {
      ...(await listLeaseholders(world)),
      verifiers: await allVerifiers(world.db.query),
      mayChange: mayChange(callerOf(call).roles),
      now: world.clock.now(),
    })
    const command = cliCommand('sigil nodes\nsigil verifier list')
    return consolePage(world, call, { place: '/admin/nodes', title: texts.get('nodes'), content, command })
  },
})

export const showSettings = endpoint({
  summary: 'The settings in effect and their sources, without secrets, with a search.',
  query: z.object({ q: Filter }),
  responses: { 200: null },
  errors: [],
  handle: async (world: World, call) => {
    const texts = textsOf(call)
    const content = settingsContent(texts, shownSettings(world.settings), call.query.q)
    const command = cliCommand('sigil config print')
    return consolePage(world, call, {
      place: '/admin/settings',
      title: texts.get('settings'),
      content,
      command,
    })
  },
})

export const showHealth = endpoint({
  summary: 'The readiness checks of this node.',
  responses: { 200: null },
  errors: [],
  handle: async (world: World, call) => {
    const texts = textsOf(call)
    const content = healthContent(texts, await readiness(world))
    const command = cliCommand(`curl "${world.settings.publicUrl}/readyz"\nsigil doctor`)
    return consolePage(world, call, { place: '/admin/health', title: texts.get('health'), content, command })
  },
})
