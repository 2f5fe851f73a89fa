import { z } from 'zod'
import { passkeysOf } from '#src/credentials/passkeys/passkeys.sql.ts'
import { type Answer, seeOther } from '#src/http/answer.ts'
import { type Call, callerOf } from '#src/http/call.ts'
import { pageOf, readCursor } from '#src/http/cursor.ts'
import { endpoint } from '#src/http/endpoint.ts'
import type { Html } from '#src/http/html.ts'
import { myself } from '#src/me/myself.ts'
import { recentlyProven } from '#src/me/second-factors.ts'
import { deletePage } from '#src/pages/account/delete-form.ts'
import { historyPage } from '#src/pages/account/history-page.ts'
import { overviewPage } from '#src/pages/account/overview.ts'
import { passkeyOffer } from '#src/pages/account/passkey-offer.ts'
import { passwordPage } from '#src/pages/account/password-form.ts'
import { profilePage } from '#src/pages/account/profile-form.ts'
import { flashMessage, withoutFlash } from '#src/pages/flash.ts'
import { renewed } from '#src/pages/page-cookies.ts'
import { passkeySignal } from '#src/pages/passkey-signal.ts'
import { isPasskeyOffered } from '#src/pages/sign-in/enter.ts'
import { textsFor } from '#src/pages/texts.ts'
import { listHistory, pageOfSessions } from '#src/sessions/list.ts'
import { sessionOnWire, signInOnWire } from '#src/sessions/on-wire.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

/** The sign-ins and sessions on the overview, and the sign-ins on one page of the history. */
const latest = 5
const maxSessions = 100
const perPage = 25

async function signInsOn(world: World, call: Call, { cursor, limit }: { cursor?: string; limit: number }) {
  const place = readCursor(cursor)
  const rows = await listHistory(world, { userId: callerOf(call).userId, place, limit })
  return pageOf(rows, { limit, placeOf: ({ at, id }) => ({ at, id }), onWire: signInOnWire })
}

export const showAccount = endpoint({
  summary: 'The account page: profile, sessions and latest sign-ins.',
  responses: { 200: null },
  errors: ['not_signed_in'],
  handle: async (world: World, call): Promise<Answer> => {
    const { userId, sessionId } = callerOf(call)
    const newest = { userId, place: readCursor(undefined), limit: maxSessions }
    const sessions = await pageOfSessions(world, newest)
    const user = await myself(world, call)
    const page = overviewPage(call, {
      user,
      hasProviders: world.settings.providers.length > 0,
      sessions: sessions.slice(0, maxSessions).map((one) => sessionOnWire(one, sessionId)),
      hasMore: sessions.length > maxSessions,
      latest: (await signInsOn(world, call, { limit: latest })).data,
      notice: flashMessage(world, call),
      passkeys: await passkeyParts(world, call, user),
    })
    return renewed(world, call, withoutFlash(world, call, page))
  },
})

/** An offer for a user without passkeys who has not declined it; else what the browser is told of them. */
async function passkeyParts(world: World, call: Call, user: User): Promise<Html | undefined> {
  if (user.hasPasskey)
    return passkeySignal(world, { user, passkeys: await passkeysOf(world.db.query, user.id) })
  return isPasskeyOffered(world, call, user) ? passkeyOffer(textsFor(call.language)) : undefined
}

export const showHistory = endpoint({
  summary: 'A page of the sign-in history, including failed attempts.',
  query: z.object({ cursor: z.string().max(200).optional() }),
  responses: { 200: null },
  errors: ['not_signed_in'],
  handle: async (world: World, call) => {
    const { cursor } = call.query
    const { data, next_cursor } = await signInsOn(world, call, {
      limit: perPage,
      ...(cursor === undefined ? {} : { cursor }),
    })
    const page = historyPage(call, {
      signIns: data,
      isFirst: cursor === undefined,
      nextCursor: next_cursor,
    })
    return renewed(world, call, page)
  },
})

export const showProfile = endpoint({
  summary: 'The profile form.',
  responses: { 200: null },
  errors: ['not_signed_in'],
  handle: async (world: World, call) => {
    const { username, fullName } = await myself(world, call)
    const typed = { username: username ?? '', full_name: fullName ?? '' }
    const page = profilePage(call, { typed, notice: flashMessage(world, call), errors: undefined })
    return renewed(world, call, withoutFlash(world, call, page))
  },
})

export const showPassword = endpoint({
  summary: 'The form to change the password.',
  responses: { 200: null },
  errors: ['not_signed_in', 'step_up_required'],
  handle: async (world: World, call) => {
    const { email, secondFactors } = await myself(world, call)
    if (secondFactors.length > 0) await recentlyProven(world, callerOf(call))
    return renewed(world, call, passwordPage(call, { login: email, errors: undefined }))
  },
})

export const leadToPassword = endpoint({
  summary: 'Redirects password managers to the password form, at the well-known URL of the W3C.',
  responses: { 303: null },
  errors: [],
  handle: () => seeOther('/account/password'),
})

export const showDelete = endpoint({
  summary: 'The form to delete the account.',
  responses: { 200: null },
  errors: ['not_signed_in', 'step_up_required'],
  handle: async (world: World, call) => {
    const { email, secondFactors } = await myself(world, call)
    if (secondFactors.length > 0) await recentlyProven(world, callerOf(call))
    const asksPassword = secondFactors.length === 0
    return renewed(world, call, deletePage(call, { login: email, asksPassword, errors: undefined }))
  },
})
