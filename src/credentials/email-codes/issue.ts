import { codeMacOf, codeOfSecret } from '#src/credentials/email-codes/digits.ts'
import { type CodePurpose, contentsOfMessages, expiryOf } from '#src/credentials/email-codes/email-code.ts'
import { replaceCode } from '#src/credentials/email-codes/email-codes.sql.ts'
import { macOf } from '#src/keys/key-ring.ts'
import { writeOpaqueToken } from '#src/keys/opaque-token.ts'
import type { MessageOrder } from '#src/mail/messages/message.ts'
import { enqueue } from '#src/outbox/enqueue.ts'
import { messageWithKey } from '#src/outbox/send-message.ts'
import { randomId } from '#src/platform/random.ts'
import { hashOf } from '#src/sessions/handle.ts'
import type { Query } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'

export type Issuing = {
  readonly purpose: CodePurpose
  /** The subject; see `subjectOfEmail`. */
  readonly subject: string
  /** Undefined for an address without an account: the same is stored, and nothing is sent. */
  readonly userId: string | undefined
  /** The address that the code proves, or that the link restores. */
  readonly email: string
  /** The requesting browser, for links that sign in. */
  readonly browserHash?: string | undefined
}

/** A code and the equivalent link. They are only in a message, sealed until it is sent. */
export type Issued = { readonly id: string; readonly code: string; readonly token: string }

/** A step: creates a code, which replaces an earlier one. */
export async function makeCode(query: Query, world: World, issuing: Issuing): Promise<Issued> {
  const { keys, random, clock } = world
  const { purpose, subject, userId, email, browserHash } = issuing
  const now = clock.now()
  const id = randomId(random)
  const secret = randomId(random)
  const code = codeOfSecret(keys, secret)
  await replaceCode(query, {
    id,
    purpose,
    subject,
    userId,
    email: userId === undefined ? undefined : email,
    linkHash: hashOf(secret),
    codeMac: codeMacOf(keys, id, code),
    browserHash,
    createdAt: now,
    expiresAt: expiryOf(purpose, now),
  })
  return { id, code, token: writeOpaqueToken(keys, 'email_link', secret) }
}

type Message = Pick<MessageOrder, 'kind' | 'language'> & {
  /** The recipient, if it is not the address that the code proves. */
  readonly to?: string
  readonly values?: MessageOrder['values']
  /** By default it is sent if the code has a user. The owner of a taken address gets one without a code. */
  readonly isSent?: boolean
}

/** A step: creates a code and enqueues the message with it. */
export async function sendCode(
  query: Query,
  world: World,
  { message, ...issuing }: Issuing & { readonly message: Message },
): Promise<void> {
  const { id, code, token } = await makeCode(query, world, issuing)
  const { purpose, userId, email } = issuing
  const { kind, language, to = email, values, isSent = userId !== undefined } = message
  const { page, hasCode } = contentsOfMessages[kind]
  const filled = {
    ...(hasCode ? { code } : {}),
    ...(page === undefined ? {} : { link: linkTo(world, page, token) }),
    ...values,
  }
  const order = isSent ? { to, kind, language, values: filled } : undefined
  const expiresAt = expiryOf(purpose, world.clock.now())
  await enqueue(query, world, messageWithKey({ order, userId, expiresAt, key: `code:${id}` }))
}

/** A URL in a message is always below the public one. */
export function linkTo({ settings }: Pick<World, 'settings'>, page: string, token: string): string {
  return `${settings.publicUrl}${page}?${new URLSearchParams({ token })}`
}

/**
 * The subject of codes for an address: a MAC, so that the table does not reveal which addresses were
 * requested.
 */
export function subjectOfEmail({ keys }: Pick<World, 'keys'>, email: string): string {
  return macOf(keys.macKey(), `email_subject:${email}`)
}
