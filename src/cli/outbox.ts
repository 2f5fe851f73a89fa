import { noticeReader } from '#src/accounts/notices.ts'
import { logoutDelivery, logoutReader } from '#src/apps/logout-reader.ts'
import { sendLogoutToken } from '#src/oidc/send-logout-token.ts'
import { eventCounter, type Outbox } from '#src/outbox/readers.ts'
import { sendMessage } from '#src/outbox/send-message.ts'

/** All readers and senders of a server. */
export const outbox: Outbox = {
  readers: [eventCounter, noticeReader, logoutReader],
  senders: { message: sendMessage, [logoutDelivery]: sendLogoutToken },
}
