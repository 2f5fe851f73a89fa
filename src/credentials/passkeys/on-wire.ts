import type { z } from 'zod'
import { authenticatorName } from '#src/credentials/passkeys/authenticators.ts'
import type { Passkey } from '#src/credentials/passkeys/passkey.ts'
import type { PasskeyBody } from '#src/credentials/passkeys/schemas.ts'
import { rfc3339 } from '#src/platform/clock.ts'

/** A passkey as JSON. */
export function passkeyOnWire(passkey: Passkey): z.input<typeof PasskeyBody> {
  const { id, credentialId, name, aaguid, backedUpAt, createdAt, lastUsedAt } = passkey
  return {
    id,
    credential_id: credentialId,
    name,
    authenticator: authenticatorName(aaguid) ?? null,
    synced: backedUpAt !== undefined,
    created_at: rfc3339(createdAt),
    last_used_at: lastUsedAt === undefined ? null : rfc3339(lastUsedAt),
  }
}
