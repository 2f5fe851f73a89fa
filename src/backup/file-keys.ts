import { type End, macText } from '#src/backup/backup-lines.ts'
import { damaged } from '#src/backup/read-backup.ts'
import { type KeyRing, macOf, openKeyRing } from '#src/keys/key-ring.ts'
import type { MasterKey } from '#src/keys/master-key.ts'
import type { Db } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'

/** What whoever reads or writes whole databases needs: there may be no world on them. */
export type Outside = Pick<World, 'db' | 'clock' | 'random'> & {
  /** The key that opens the keys of a database, which may be the one that a transaction sees. */
  readonly masterKeyFor: (db: Db) => Promise<MasterKey>
}

/**
 * A step, once a file was loaded: opens the keys that came with it. Faults where somebody without the master
 * key has changed the file.
 */
export async function openFileKeys(
  { clock, random, masterKeyFor }: Outside,
  { db, file, end }: { db: Db; file: string; end: End },
): Promise<KeyRing> {
  const keys = await openKeyRing({ db, clock, random, masterKey: await masterKeyFor(db) })
  const key = keys.macKeyById(end.key_id)
  const isOurs = key !== undefined && macOf(key, macText(end.sha256)) === end.mac
  if (!isOurs) throw damaged(file, 'somebody without the master key has changed it')
  return keys
}
