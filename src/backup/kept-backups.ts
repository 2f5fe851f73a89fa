import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Instant, rfc3339 } from '#src/platform/clock.ts'

const dayMs = 24 * 60 * 60 * 1000
const named = /^sigil-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.backup(?<draft>\.draft-.+)?$/

/** The names sort by time, and have no character that a file system forbids. */
export function backupName(at: Instant): string {
  return `sigil-${rfc3339(at).slice(0, 19).replaceAll(':', '-')}Z.backup`
}

/**
 * Deletes the oldest scheduled backups beyond `keep`, and drafts that a crash left. Files with other names
 * stay.
 */
export async function deleteOldBackups(folder: string, keep: number, now: Instant): Promise<void> {
  const backups: string[] = []
  const drafts: string[] = []
  for (const name of (await readdir(folder)).toSorted()) {
    const match = named.exec(name)
    if (match) (match.groups?.draft === undefined ? backups : drafts).push(name)
  }
  // A younger draft may be what another node is writing.
  const left = drafts.filter((name) => name < backupName(now - dayMs))
  for (const name of [...backups.slice(0, -keep), ...left]) await rm(join(folder, name), { force: true })
}
