import { z } from 'zod'
import { byCallerOf } from '#src/audit/by.ts'
import { seeOther } from '#src/http/answer.ts'
import { callerOf } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { ChosenField, ChosenQuery, chosenField } from '#src/pages/console/chosen.ts'
import { confirmPage } from '#src/pages/console/confirm-page.ts'
import { curl } from '#src/pages/console/console-page.ts'
import { bulk, bulkActions } from '#src/pages/console/users/bulk.ts'
import { userColumns } from '#src/pages/console/users/users-page.ts'
import { seeOtherWithFlash } from '#src/pages/flash.ts'
import { table } from '#src/pages/table.ts'
import { textsOf } from '#src/pages/texts.ts'
import type { User } from '#src/users/user.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

const place = '/admin/users'

export const confirmBulk = endpoint({
  summary: 'Lists the users to change, for confirmation, except the account of the administrator.',
  query: z.object({ action: z.enum(bulkActions).optional(), id: ChosenQuery }),
  responses: { 200: null, 303: null },
  errors: [],
  handle: async (world: World, call) => {
    const { action, id: ids } = call.query
    const chosen = await usersById(world, ids)
    const users = chosen.filter(({ id }) => id !== callerOf(call).userId)
    if (action === undefined || users.length === 0) return seeOther(place)
    const texts = textsOf(call)
    const { effects, isDanger, request } = bulk[action]
    const [method, path, body] = request
    const [only] = users
    const example = users.length === 1 && only ? only.id : 'USER_ID'
    const values = { count: users.length }
    return confirmPage(world, call, {
      place,
      title: texts.get(`bulk_${action}_title`, values),
      subject: texts.get('bulk_subject', values),
      effects: [
        ...effects.map((effect) => texts.get(effect)),
        ...(users.length < chosen.length ? [texts.get('effect_own_account_stays')] : []),
      ],
      list: table(texts.get('users'), userColumns(texts, world.clock.now()), users),
      hidden: { action, ids: chosenField(users.map(({ id }) => id)) },
      action: `${place}/bulk`,
      button: texts.get(`bulk_${action}_button`, values),
      isDanger,
      cancel: place,
      command: curl(world, method, `/users/${example}${path}`, body),
    })
  },
})

export const sendBulk = endpoint({
  summary: 'Signs out, disables, enables or deletes the listed users.',
  body: z.object({ action: z.enum(bulkActions), ids: ChosenField }),
  responses: { 303: null },
  errors: [],
  handle: async (world: World, call) => {
    const { action, ids } = call.body
    const users = await usersById(world, ids)
    const propagations = []
    let done = 0
    for (const { id: userId } of users) {
      if (userId === callerOf(call).userId) continue
      const { isDone, propagated } = await bulk[action].run(world, { userId, by: byCallerOf(call) })
      propagations.push(propagated)
      if (isDone) done += 1
    }
    await Promise.all(propagations)
    return seeOtherWithFlash(world, place, bulk[action].flash, done)
  },
})

async function usersById({ db }: World, ids: readonly string[]): Promise<User[]> {
  const found = []
  for (const id of new Set(ids)) found.push(await findUser(db.query, id))
  return found.filter((user) => user !== undefined)
}
