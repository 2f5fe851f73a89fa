import { z } from 'zod'
import { json } from '#src/http/answer.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { version } from '#src/platform/version.ts'
import { perWorld, type World } from '#src/world/world.ts'

const current = perWorld(() => version())

export const showVersion = endpoint({
  summary: 'Returns the version of the server.',
  responses: { 200: z.object({ version: z.string() }) },
  errors: [],
  handle: (world: World) => json(200, { version: current(world) }),
})
