import { z } from 'zod'
import { asset } from '#src/http/answer.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { metricsMediaType } from '#src/telemetry/metrics.ts'
import type { World } from '#src/world/world.ts'

export const showMetrics = endpoint({
  summary: 'Returns the metrics of this node in the text format of Prometheus.',
  responses: { 200: z.string() },
  errors: [],
  mediaType: metricsMediaType,
  handle: async ({ metrics }: World) =>
    asset(metricsMediaType, await metrics.text(), { 'cache-control': 'no-store' }),
})
