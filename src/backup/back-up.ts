import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { type Dumped, dump, type OnRows } from '#src/backup/dump.ts'
import { LineWriter, writeNewFile } from '#src/backup/new-file.ts'
import type { Instant } from '#src/platform/clock.ts'
import { within } from '#src/store/within.ts'
import type { World } from '#src/world/world.ts'

export type Backup = Dumped & { readonly madeAt: Instant }

type Request = {
  readonly file: string
  readonly release: string
  readonly by: By
  readonly onProgress?: OnRows
  /** Ends the backup early, without a file. */
  readonly signal?: AbortSignal
}

/**
 * Writes a consistent snapshot of the database to a new file while the server runs. The audit event comes
 * first, so that every backup is recorded, including in the backup itself.
 */
export async function backUp(world: World, request: Request): Promise<Backup> {
  const { db, clock, random, keys } = world
  const { file, release, by, signal, onProgress } = request
  return writeNewFile(file, random, async (draft) => {
    const madeAt = clock.now()
    await db.transaction((query) =>
      recordEvent(query, world, {
        event: 'database.backed_up',
        by,
        target: { kind: 'none' },
        details: { file },
      }),
    )
    // The engine may run this again; the file is then written from its start.
    const dumped = await db.snapshot((query) =>
      dump(within(db, query), {
        keys,
        about: { release, made_at: madeAt },
        to: new LineWriter(draft, signal),
        onProgress,
      }),
    )
    return { ...dumped, madeAt }
  })
}
