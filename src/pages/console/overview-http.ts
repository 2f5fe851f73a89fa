import { z } from 'zod'
import { countUsers } from '#src/administration/statistics.sql.ts'
import {
  liveSessions,
  type Period,
  periods,
  type Slot,
  statisticsOf,
} from '#src/administration/statistics.ts'
import { download } from '#src/http/answer.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { attentionOf } from '#src/pages/console/attention.ts'
import { cliCommand, consolePage } from '#src/pages/console/console-page.ts'
import { csvLine, csvType } from '#src/pages/console/csv.ts'
import { overviewContent } from '#src/pages/console/overview-page.ts'
import { textsFor } from '#src/pages/texts.ts'
import { rfc3339 } from '#src/platform/clock.ts'
import type { World } from '#src/world/world.ts'

const PeriodQuery = z.object({ period: z.enum(Object.keys(periods) as Period[]).default('7d') })

export const showOverview = endpoint({
  summary: 'The first page of the console: what needs attention, counts and plots.',
  query: PeriodQuery,
  responses: { 200: null },
  errors: [],
  handle: async (world: World, call) => {
    const { period } = call.query
    const texts = textsFor(call.language)
    const content = overviewContent(texts, {
      period,
      slots: await statisticsOf(world, period),
      attention: await attentionOf(world, await statisticsOf(world, '24h')),
      users: await countUsers(world.db.query),
      liveSessions: await liveSessions(world),
    })
    const command = cliCommand('sigil doctor')
    return consolePage(world, call, { place: '/admin', title: texts.get('overview'), content, command })
  },
})

export const downloadStatistics = endpoint({
  summary: 'The statistics of the console as CSV.',
  query: PeriodQuery,
  responses: { 200: null },
  errors: [],
  handle: async (world: World, { query: { period } }) =>
    download(csvType, `sigil-statistics-${period}.csv`, linesOf(await statisticsOf(world, period))),
})

const columns = {
  from: ({ at }) => rfc3339(at),
  signed_in: ({ signedIn }) => signedIn,
  wrong_credentials: ({ wrongCredentials }) => wrongCredentials,
  wrong_code: ({ wrongCode }) => wrongCode,
  limited: ({ limited }) => limited,
  disabled: ({ disabled }) => disabled,
  abandoned: ({ abandoned }) => abandoned,
  active_users: ({ activeUsers }) => activeUsers,
  sign_ups: ({ signUps }) => signUps,
} as const satisfies Record<string, (slot: Slot) => string | number>

async function* linesOf(slots: readonly Slot[]): AsyncGenerator<string> {
  yield csvLine(Object.keys(columns))
  for (const slot of slots) yield csvLine(Object.values(columns).map((cellOf) => cellOf(slot)))
}
