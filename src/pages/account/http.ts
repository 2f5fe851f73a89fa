import { z } from 'zod'
import { safetyOf } from '#src/accounts/safety.ts'
import { passkeysOf } from '#src/credentials/passkeys/passkeys.sql.ts'
import { type Answer, seeOther } from '#src/http/answer.ts'
import { type Call, callerOf } from '#src/http/call.ts'
import { pageOf, readCursor } from '#src/http/cursor.ts'
import { endpoint } from '#src/http/endpoint.ts'
import type { Html } from '#src/http/html.ts'
import { exportAnswer } from '#src/me/export-answer.ts'
import { myself } from '#src/me/myself.ts'
import { recentlyProven } from '#src/me/second-factors.ts'
import { activityPage } from '#src/pages/account/activity-page.ts'
import { dataPage } from '#src/pages/account/data-page.ts'
import { deletePage } from '#src/pages/account/delete-form.ts'
import { devicesPage } from '#src/pages/account/devices-page.ts'
import { notMePage } from '#src/pages/account/not-me-page.ts'
import { overviewPage } from '#src/pages/account/overview.ts'
import { passkeyOffer } from '#src/pages/account/passkey-offer.ts'
import { passwordPage } from '#src/pages/account/password-form.ts'
import { profilePage } from '#src/pages/account/profile-form.ts'
import { flashMessage, withoutFlash } from '#src/pages/flash.ts'
import { renewed } from '#src/pages/page-cookies.ts'
import { passkeySignal } from '#src/pages/passkey-signal.ts'
import { isPasskeyOffered } from '#src/pages/sign-in/enter.ts'
import { textsFor } from '#src/pages/texts.ts'
import { listFailures, listHistory, pageOfSessions } from '#src/sessions/list.ts'
import { sessionOnWire, signInOnWire } from '#src/sessions/on-wire.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

/** The sign-ins on the overview, the sessions on one page, and the sign-ins on one page of the history. */
const latest = 3
const maxSessions = 100
const perPage = 25
const dayMs = 24 * 60 * 60 * 1000

type Listing = { readonly cursor?: string | undefined; readonly isFailed?: boolean; readonly limit: number }

async function signInsOn(world: World, call: Call, { cursor, isFailed, limit }: Listing) {
  const page = { userId: callerOf(call).userId, place: readCursor(cursor), limit }
  const rows = await (isFailed ? listFailures(world, page) : listHistory(world, page))
  return pageOf(rows, { limit, placeOf: ({ at, id }) => ({ at, id }), onWire: signInOnWire })
}

async function sessionsOn(world: World, call: Call) {
  const { userId, sessionId } = callerOf(call)
  const newest = { userId, place: readCursor(undefined), limit: maxSessions }
  const sessions = await pageOfSessions(world, newest)
  return {
    sessions: sessions.slice(0, maxSessions).map((one) => sessionOnWire(one, sessionId)),
    hasMore: sessions.length > maxSessions,
  }
}

export const showAccount = endpoint({
  summary: 'The account page: profile, security, sessions and latest sign-ins.',
  responses: { 200: null },
  errors: ['not_signed_in'],
  handle: async (world: World, call): Promise<Answer> => {
    const user = await myself(world, call)
    const page = overviewPage(call, {
      user,
      safety: await safetyOf(world, user),
      ...(await sessionsOn(world, call)),
      latest: (await signInsOn(world, call, { limit: latest })).data,
      notice: flashMessage(world, call),
      passkeys: await passkeyParts(world, call, user),
      now: world.clock.now(),
    })
    return renewed(world, call, withoutFlash(world, call, page))
  },
})

export const showDevices = endpoint({
  summary: 'The sessions of the user, with buttons that end them.',
  responses: { 200: null },
  errors: ['not_signed_in'],
  handle: async (world: World, call): Promise<Answer> => {
    const listed = await sessionsOn(world, call)
    const shown = { ...listed, notice: flashMessage(world, call), now: world.clock.now() }
    return renewed(world, call, withoutFlash(world, call, devicesPage(call, shown)))
  },
})

/** The offer for a user without passkeys who has not declined it; otherwise the signal to the browser. */
async function passkeyParts(world: World, call: Call, user: User): Promise<Html | undefined> {
  if (user.hasPasskey)
    return passkeySignal(world, { user, passkeys: await passkeysOf(world.db.query, user.id) })
  return isPasskeyOffered(world, call, user) ? passkeyOffer(textsFor(call.language)) : undefined
}

export const showHistory = endpoint({
  summary: 'A page of the sign-in history, including failed attempts.',
  query: z.object({ cursor: z.string().max(200).optional(), show: z.unknown().optional() }),
  responses: { 200: null },
  errors: ['not_signed_in'],
  handle: async (world: World, call) => {
    const { cursor, show } = call.query
    const isFailed = show === 'failed'
    const { data, next_cursor } = await signInsOn(world, call, { limit: perPage, isFailed, cursor })
    const page = activityPage(call, {
      signIns: data,
      isFailed,
      isFirst: cursor === undefined,
      nextCursor: next_cursor,
      now: world.clock.now(),
    })
    return renewed(world, call, page)
  },
})

export const showNotMe = endpoint({
  summary: 'Steps to take after a sign-in by another person.',
  responses: { 200: null },
  errors: ['not_signed_in'],
  handle: async (world: World, call) => {
    const { passwordHash } = await myself(world, call)
    return renewed(world, call, notMePage(call, { hasPassword: passwordHash !== undefined }))
  },
})

export const showProfile = endpoint({
  summary: 'The profile form.',
  responses: { 200: null },
  errors: ['not_signed_in'],
  handle: async (world: World, call) => {
    const user = await myself(world, call)
    const typed = { username: user.username ?? '', full_name: user.fullName ?? '' }
    const notice = flashMessage(world, call)
    const page = profilePage(call, { user, typed, notice, errors: undefined })
    return renewed(world, call, withoutFlash(world, call, page))
  },
})

export const showData = endpoint({
  summary: 'The page to export the data of the account or to delete it.',
  responses: { 200: null },
  errors: ['not_signed_in'],
  handle: (world: World, call) => renewed(world, call, dataPage(call)),
})

export const sendExport = endpoint({
  summary: 'Returns everything that is stored about the user as a file. Needs a recent proof.',
  responses: { 200: null },
  errors: ['not_signed_in', 'step_up_required', 'too_many_requests'],
  handle: (world: World, call) => exportAnswer(world, callerOf(call)),
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
    const graceDays = world.settings.deleteGraceMs / dayMs
    return renewed(
      world,
      call,
      deletePage(call, { login: email, asksPassword, graceDays, errors: undefined }),
    )
  },
})
