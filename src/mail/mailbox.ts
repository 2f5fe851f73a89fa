import type { Instant } from '#src/platform/clock.ts'
import { perWorld } from '#src/world/world.ts'

/** A message that a development server keeps instead of sending it. */
export type CapturedMail = {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly links: readonly string[]
  readonly code: string | undefined
  readonly sentAt: Instant
}

const maxKept = 200

/** Kept in memory, newest first, until the server stops. */
export const mailbox = perWorld(() => {
  const mails: CapturedMail[] = []
  return {
    keep(mail: CapturedMail) {
      mails.unshift(mail)
      mails.length = Math.min(mails.length, maxKept)
    },
    list: (): readonly CapturedMail[] => mails,
  }
})
