import { z } from 'zod'
import type { Adoption } from '#src/administration/adoption.sql.ts'
import { factorAdoption } from '#src/administration/adoption.ts'
import { liveSessionsOver } from '#src/administration/live-sessions.ts'
import {
  liveSessions,
  type Period,
  periods,
  type Slot,
  statisticsOf,
} from '#src/administration/statistics.ts'
import { download } from '#src/http/answer.ts'
import { callerOf } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { adoptionRows } from '#src/pages/console/adoption.ts'
import { type Attention, attentionOf } from '#src/pages/console/attention.ts'
import { checklistOf } from '#src/pages/console/checklist.ts'
import { cliCommand, consolePage } from '#src/pages/console/console-page.ts'
import { csvLine, csvType } from '#src/pages/console/csv.ts'
import { overviewContent } from '#src/pages/console/overview-page.ts'
import { mayChange, mayRead } from '#src/pages/console/places.ts'
import { propagatedBy } from '#src/pages/console/propagation.ts'
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
    const { roles, userId } = callerOf(call)
    const isOpen = ({ path }: Attention) => mayRead(path, roles)
    const adoption = await factorAdoption(world)
    const content = overviewContent(texts, {
      period,
      slots: await statisticsOf(world, period),
      attention: (await attentionOf(world, await statisticsOf(world, '24h'))).filter(isOpen),
      checklist: mayChange(roles) ? await checklistOf(world, userId) : [],
      users: adoption.users,
      liveSessions: await liveSessions(world),
      liveOverTime: await liveSessionsOver(world, period),
      adoption,
      propagated: await propagatedBy(world),
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
    download(csvType, `sigil-statistics-${period}.csv`, linesOf(await countedOver(world, period))),
})

type Counted = Slot & { readonly live: number }

async function countedOver(world: World, period: Period): Promise<Counted[]> {
  const live = await liveSessionsOver(world, period)
  const slots = await statisticsOf(world, period)
  return slots.map((slot, index) => ({ ...slot, live: live[index]?.live ?? 0 }))
}

export const downloadAdoption = endpoint({
  summary: 'The number of users with each way to sign in, as CSV.',
  responses: { 200: null },
  errors: [],
  handle: async (world: World) =>
    download(csvType, 'sigil-sign-in-methods.csv', adoptionLines(await factorAdoption(world))),
})

async function* adoptionLines(adoption: Adoption): AsyncGenerator<string> {
  yield csvLine(['method', 'users', 'of_users'])
  for (const row of adoptionRows) yield csvLine([row, adoption[row], adoption.users])
}

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
  live_sessions: ({ live }) => live,
} as const satisfies Record<string, (slot: Counted) => string | number>

async function* linesOf(slots: readonly Counted[]): AsyncGenerator<string> {
  yield csvLine(Object.keys(columns))
  for (const slot of slots) yield csvLine(Object.values(columns).map((cellOf) => cellOf(slot)))
}
