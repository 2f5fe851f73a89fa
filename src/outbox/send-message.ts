import type { MessageOrder } from '#src/mail/messages/message.ts'
import { sendMail } from '#src/mail/send-mail.ts'
import { MailRejected } from '#src/mail/smtp.ts'
import { CannotDeliver, type Delivery } from '#src/outbox/delivery.ts'
import type { NewDelivery, Sender } from '#src/outbox/readers.ts'
import type { Instant } from '#src/platform/clock.ts'

type Posting = {
  /**
   * Undefined sends nothing: it is enqueued for an address without an account, so that both cases cost the
   * same.
   */
  readonly order: MessageOrder | undefined
  /** The recipient. The address is in the sealed payload, which is deleted once it is sent. */
  readonly userId: string | undefined
  readonly expiresAt: Instant
}

/** A delivery for a reader of events. */
export function messageFor({ order, userId, expiresAt }: Posting): NewDelivery {
  return { kind: 'message', recipient: userId ?? '', payload: JSON.stringify(order ?? null), expiresAt }
}

/** The same for a use case, which chooses the key of the delivery. */
export function messageWithKey(posting: Posting & { readonly key: string }): Delivery {
  return { ...messageFor(posting), key: posting.key }
}

export const sendMessage: Sender = async (world, { payload, key }) => {
  const order = JSON.parse(payload) as MessageOrder | null
  if (!order) return
  try {
    await sendMail(world, order, key)
  } catch (error) {
    if (error instanceof MailRejected) throw new CannotDeliver(error.message, { cause: error })
    throw error
  }
}
