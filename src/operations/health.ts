import { z } from 'zod'
import { AppError } from '#src/errors/errors.ts'
import { json } from '#src/http/answer.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { readiness } from '#src/operations/readiness.ts'
import { ending } from '#src/world/ending.ts'
import type { World } from '#src/world/world.ts'

export const healthz = endpoint({
  summary: 'Reports that the process is running.',
  responses: { 200: z.object({ status: z.literal('ok') }) },
  errors: [],
  handle: (_world: World) => json(200, { status: 'ok' }),
})

const CheckBody = z.object({ name: z.string(), ok: z.boolean() })

export const readyz = endpoint({
  summary: 'Reports whether the server is ready, with the result of each check.',
  responses: { 200: z.object({ status: z.literal('ready'), checks: z.array(CheckBody) }) },
  errors: ['unavailable', 'draining'],
  handle: async (world: World) => {
    const checks = await readiness(world)
    if (checks.every(({ ok }) => ok)) return json(200, { status: 'ready', checks })
    const isDraining = ending(world).signal.aborted
    throw new AppError(isDraining ? 'draining' : 'unavailable', { retryAfterSeconds: 1, checks })
  },
})
