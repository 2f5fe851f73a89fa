import { noticeReader } from '#src/accounts/notices.ts'
import { logoutDelivery, logoutReader } from '#src/apps/logout-reader.ts'
import { sendLogoutToken } from '#src/oidc/send-logout-token.ts'
import { eventCounter, type Outbox } from '#src/outbox/readers.ts'
import { sendLetter } from '#src/outbox/send-letter.ts'

/** All readers and senders of a server. */
export const outbox: Outbox = {
  readers: [eventCounter, noticeReader, logoutReader],
  senders: { letter: sendLetter, [logoutDelivery]: sendLogoutToken },
}
