import type { Passkey } from '#src/credentials/passkeys/passkey.ts'
import { setPasskeyName } from '#src/credentials/passkeys/passkeys.sql.ts'
import { AppError } from '#src/errors/errors.ts'
import { requireRecentProof } from '#src/sessions/recent-proof.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

/** Renames a passkey of the caller, on a recent proof. The name is theirs alone and is not audited. */
export async function renamePasskey(
  world: World,
  { user, sessionId, id, name }: { user: User; sessionId: string; id: string; name: string | undefined },
): Promise<Passkey> {
  await requireRecentProof(world, { user, sessionId })
  const renamed = await setPasskeyName(world.db.query, { userId: user.id, id, name: name?.trim() })
  if (!renamed) throw new AppError('not_found')
  return renamed
}
