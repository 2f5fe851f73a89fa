import type { SealedEvent } from '#src/audit/audit-event.ts'
import { withPersonal } from '#src/audit/personal.ts'
import { userKeyOf } from '#src/audit/user-keys.sql.ts'
import { expiryOf } from '#src/credentials/email-codes/email-code.ts'
import { linkTo, makeCode } from '#src/credentials/email-codes/issue.ts'
import type { MessageKind, MessageValues } from '#src/mail/messages/message.ts'
import type { NewDelivery, Reader } from '#src/outbox/readers.ts'
import { messageFor } from '#src/outbox/send-message.ts'
import { earlierSignIns } from '#src/sessions/history.sql.ts'
import { deviceOf } from '#src/sessions/on-wire.ts'
import { sessionById } from '#src/sessions/sessions.sql.ts'
import { canSendMail } from '#src/settings/settings.ts'
import type { Query } from '#src/store/db.ts'
import type { User } from '#src/users/user.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

type Notice = {
  readonly userId: string
  readonly kind: MessageKind
  readonly values: MessageValues
  /** Checked last, and only for users who get messages. Absent: always sent. */
  readonly isNews?: () => Promise<boolean>
}

/** By the name of the event, which other modules may record. */
type Handler = (query: Query, event: SealedEvent) => Promise<Notice | undefined>

const handlers: Readonly<Record<string, Handler>> = {
  'user.signed_in': newDevice,
  'password.changed': aboutUser('password_changed'),
  'password.reset': aboutUser('password_changed'),
  'password.set': aboutUser('password_changed'),
  'factor.added': aboutUser('factor_added'),
  'factor.removed': aboutUser('factor_removed'),
  'refresh_token.reused': tokenReused,
}

/**
 * Notifies users of security-relevant events, with a "this was not me" link. Only to verified addresses: any
 * other may belong to another person.
 */
export const noticeReader: Reader = {
  name: 'notices',
  handle: async (query, event, now, world) => {
    const handler = handlers[event.event]
    if (!handler || !canSendMail(world.settings)) return []
    const notice = await handler(query, event)
    const user = notice && (await findUser(query, notice.userId))
    if (!notice || user?.emailVerifiedAt === undefined) return []
    if (notice.isNews && !(await notice.isNews())) return []
    return [await messageAbout(query, world, { notice, user, event, now })]
  },
}

type About = { notice: Notice; user: User; event: SealedEvent; now: number }

async function messageAbout(
  query: Query,
  world: World,
  { notice, user, event, now }: About,
): Promise<NewDelivery> {
  const { id: userId, email, language } = user
  const subject = `event:${event.id}`
  const { token } = await makeCode(query, world, { purpose: 'not_me', subject, userId, email })
  const { kind } = notice
  const address = await addressOf(query, world, event)
  const values = {
    ...(address === undefined ? {} : { address }),
    at: event.at,
    ...notice.values,
    link: linkTo(world, '/not-me', token),
  }
  return messageFor({
    order: { to: email, kind, language, values },
    userId,
    expiresAt: expiryOf('not_me', now),
  })
}

/** It is encrypted under the key of the acting user, who may have been deleted since. */
async function addressOf(query: Query, world: World, event: SealedEvent): Promise<string | undefined> {
  const { actor } = event
  const key = actor.kind === 'user' ? await userKeyOf(query, actor.id) : undefined
  return withPersonal(world, event, { actorKey: key?.sealed, targetKey: undefined }).address
}

function aboutUser(kind: MessageKind): Handler {
  return async (_query, { target, details }) => {
    if (target.kind !== 'user') return undefined
    const { method } = JSON.parse(details) as { method?: unknown }
    return { userId: target.id, kind, values: typeof method === 'string' ? { method } : {} }
  }
}

/**
 * Sent once for each device: the next sign-in has its cookie, or the same kind of browser is in the history.
 */
async function newDevice(query: Query, { target, details }: SealedEvent): Promise<Notice | undefined> {
  const { browser } = JSON.parse(details) as { browser?: unknown }
  const session = target.kind === 'session' ? await sessionById(query, target.id) : undefined
  if (!session || browser === 'known') return undefined
  const { id: sessionId, userId, createdAt: at, client } = session
  const { userAgent, address } = client
  return {
    userId,
    kind: 'new_device',
    values: { device: deviceNameOf(userAgent), address },
    isNews: async () => {
      const { isFirst, isSeen } = await earlierSignIns(query, { userId, sessionId, userAgent, at })
      return !isFirst && !isSeen
    },
  }
}

async function tokenReused(query: Query, { target }: SealedEvent): Promise<Notice | undefined> {
  const session = target.kind === 'session' ? await sessionById(query, target.id) : undefined
  return session && { userId: session.userId, kind: 'token_reused', values: {} }
}

function deviceNameOf(userAgent: string): string {
  const { browser, system } = deviceOf(userAgent)
  return [browser, system].filter(Boolean).join(', ')
}
