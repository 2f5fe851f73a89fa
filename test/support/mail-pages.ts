import type { Language } from '#src/errors/error-codes.ts'
import { en } from '#src/mail/messages/en.ts'
import type { MessageKind } from '#src/mail/messages/message.ts'
import { writeMessage } from '#src/mail/messages/write-message.ts'
import type { World } from '#src/world/world.ts'

const withCode: readonly MessageKind[] = ['verify_email', 'sign_in', 'second_factor', 'change_email']

/** Every mail in one language, as HTML and as text. */
export function everyMail({ settings, clock }: World, language: Language) {
  const kinds = Object.keys(en) as MessageKind[]
  const values = {
    link: `${settings.publicUrl}/verify-email?token=mXVBfIKnnKbrZ4sJfRrDzXg3fCe5Q8o1c7hX5Yf2JpA`,
    device: 'Firefox 132 on Linux',
    address: '2001:db8:85a3:8d3:1319:8a2e:370:7348',
    at: clock.now(),
    email: 'ada.lovelace@example.org',
    method: 'passkey',
  }
  return kinds.map((kind) => {
    const code = withCode.includes(kind) ? { code: '493 817' } : {}
    return { kind, ...writeMessage(settings, { kind, language, values: { ...values, ...code } }) }
  })
}
