import { z } from 'zod'
import { byCallerOf } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { type Call, callerOf } from '#src/http/call.ts'
import { pageOf, readCursor } from '#src/http/cursor.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { discard, retryDelivery } from '#src/outbox/dead-letters.ts'
import {
  countDeliveries,
  deliveryStates,
  findDelivery,
  type ListedDelivery,
  listDeliveries,
} from '#src/outbox/deliveries.sql.ts'
import { confirmPage } from '#src/pages/console/confirm-page.ts'
import { cliCommand, consolePage } from '#src/pages/console/console-page.ts'
import { deliveryContent, mailContent } from '#src/pages/console/instance/mail-page.ts'
import { mayChange } from '#src/pages/console/places.ts'
import { seeOtherWithFlash } from '#src/pages/flash.ts'
import { textsOf } from '#src/pages/texts.ts'
import { canSendMail } from '#src/settings/settings.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

const place = '/admin/mail'
const perPage = 25
const command = cliCommand('sigil mail test you@example.org')

export const showMail = endpoint({
  summary: 'The queued, sent and failed mail.',
  query: z.object({
    state: z.enum(deliveryStates).default('dead'),
    cursor: z.string().max(200).optional(),
  }),
  responses: { 200: null },
  errors: [],
  handle: async (world: World, call) => {
    const { state, cursor } = call.query
    const { query } = world.db
    const found = await listDeliveries(query, { state, ...readCursor(cursor), limit: perPage + 1 })
    const placeOf = ({ createdAt, id }: ListedDelivery) => ({ at: createdAt, id })
    const page = pageOf(found, { limit: perPage, placeOf, onWire: (one) => one })
    const texts = textsOf(call)
    const content = mailContent(texts, {
      deliveries: page.data,
      emails: await emailsOf(world, page.data),
      counts: await countDeliveries(query),
      state,
      isOn: canSendMail(world.settings),
      isFirst: cursor === undefined,
      nextCursor: page.next_cursor,
      now: world.clock.now(),
    })
    return consolePage(world, call, { place, title: texts.get('mail_page'), content, command })
  },
})

export const showDelivery = endpoint({
  summary: 'One delivery, without its content, which may be a code.',
  responses: { 200: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const texts = textsOf(call)
    const delivery = await deliveryOfPage(world, call)
    const content = deliveryContent(texts, {
      delivery,
      emails: await emailsOf(world, [delivery]),
      mayChange: mayChange(callerOf(call).roles),
      now: world.clock.now(),
    })
    return consolePage(world, call, { place, title: texts.get('mail_to_user'), content, command })
  },
})

async function emailsOf({ db }: World, deliveries: readonly ListedDelivery[]) {
  const ids = [...new Set(deliveries.map(({ recipient }) => recipient))].filter((id) => id !== '')
  const users = await Promise.all(ids.map((id) => findUser(db.query, id)))
  return new Map(users.filter((user) => user !== undefined).map(({ id, email }) => [id, email]))
}

async function deliveryOfPage({ db }: World, call: Call): Promise<ListedDelivery> {
  const delivery = await findDelivery(db.query, call.params.id ?? '')
  if (!delivery) throw new AppError('not_found')
  return delivery
}

export const sendRetry = endpoint({
  summary: 'Requeues an email whose delivery had been given up.',
  responses: { 303: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const id = call.params.id ?? ''
    if (!(await retryDelivery(world, { id, by: byCallerOf(call) }))) throw new AppError('not_found')
    return seeOtherWithFlash(world, `${place}/${id}`, 'delivery_retried')
  },
})

export const confirmDiscard = endpoint({
  summary: 'Confirmation page for discarding an email.',
  responses: { 200: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const texts = textsOf(call)
    const { id } = await deliveryOfPage(world, call)
    return confirmPage(world, call, {
      place,
      title: texts.get('discard_title'),
      subject: id,
      effects: [texts.get('effect_discarded'), texts.get('effect_discard_flight')],
      action: `${place}/${id}/discard`,
      button: texts.get('discard'),
      cancel: `${place}/${id}`,
      command,
    })
  },
})

export const sendDiscard = endpoint({
  summary: 'Discards an unsent email.',
  responses: { 303: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const id = call.params.id ?? ''
    if (!(await discard(world, { id, by: byCallerOf(call) }))) throw new AppError('not_found')
    return seeOtherWithFlash(world, `${place}?state=dead`, 'delivery_discarded')
  },
})
