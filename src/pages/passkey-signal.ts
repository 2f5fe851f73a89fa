import type { Passkey } from '#src/credentials/passkeys/passkey.ts'
import { rpIdOf } from '#src/credentials/passkeys/relying-party.ts'
import { type Html, html } from '#src/http/html.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

/** The list of the user's passkeys for the browser, so that it forgets removed ones and updates names. */
export function passkeySignal(
  { settings }: World,
  {
    user,
    passkeys,
  }: { user: Pick<User, 'id' | 'email' | 'username' | 'fullName'>; passkeys: readonly Passkey[] },
): Html {
  const credentials = passkeys.map(({ credentialId }) => credentialId).join(' ')
  return html`<div hidden data-signal data-rp-id="${rpIdOf(settings)}"
 data-user-id="${Buffer.from(user.id).toString('base64url')}" data-credentials="${credentials}"
 data-name="${user.email}" data-display-name="${user.fullName ?? user.username ?? user.email}"></div>`
}
