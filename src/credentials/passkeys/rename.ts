import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import type { Passkey } from '#src/credentials/passkeys/passkey.ts'
import { setPasskeyName } from '#src/credentials/passkeys/passkeys.sql.ts'
import { AppError } from '#src/errors/errors.ts'
import { requireRecentProof } from '#src/sessions/recent-proof.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

type Renaming = { user: User; sessionId: string; id: string; name: string | undefined; by: By }

/** Renames a passkey of the caller. Needs a recent proof. The name is private and not audited. */
export async function renamePasskey(
  world: World,
  { user, sessionId, id, name, by }: Renaming,
): Promise<Passkey> {
  await requireRecentProof(world, { user, sessionId })
  const renamed = await world.db.transaction(async (query) => {
    const passkey = await setPasskeyName(query, { userId: user.id, id, name: name?.trim() })
    if (!passkey || name === undefined) return passkey
    await recordEvent(query, world, {
      event: 'factor.renamed',
      by,
      target: { kind: 'user', id: user.id },
      details: { method: 'passkey', passkey: id },
    })
    return passkey
  })
  if (!renamed) throw new AppError('not_found')
  return renamed
}
