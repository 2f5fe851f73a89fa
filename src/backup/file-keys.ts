import { type End, macText } from '#src/backup/backup-lines.ts'
import { damaged } from '#src/backup/read-backup.ts'
import { type KeyRing, macOf, openKeyRing } from '#src/keys/key-ring.ts'
import type { MasterKey } from '#src/keys/master-key.ts'
import type { Db } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'

/** The keys needed to read or write a whole database. No world may have it open. */
export type Outside = Pick<World, 'db' | 'clock' | 'random'> & {
  /** The master key of a database, as a transaction sees it. */
  readonly masterKeyFor: (db: Db) => Promise<MasterKey>
}

/**
 * A step after a file is loaded: opens the keys that it contains. Throws if the file was changed without the
 * master key.
 */
export async function openFileKeys(
  { clock, random, masterKeyFor }: Outside,
  { db, file, end }: { db: Db; file: string; end: End },
): Promise<KeyRing> {
  const keys = await openKeyRing({ db, clock, random, masterKey: await masterKeyFor(db) })
  const key = keys.macKeyById(end.key_id)
  const isOurs = key !== undefined && macOf(key, macText(end.sha256)) === end.mac
  if (!isOurs) throw damaged(file, 'it was changed without the master key')
  return keys
}
