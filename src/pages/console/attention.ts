import { newestEvent } from '#src/administration/statistics.sql.ts'
import type { Slot } from '#src/administration/statistics.ts'
import { lastScheduledBackup } from '#src/backup/scheduled.sql.ts'
import { stateOf } from '#src/keys/key.ts'
import { listKeys } from '#src/keys/rotation.ts'
import { readiness } from '#src/operations/readiness.ts'
import type { Tone } from '#src/pages/components/badge.ts'
import type { ConsolePlace } from '#src/pages/console/places.ts'
import type { ConsoleKey } from '#src/pages/messages/console-en.ts'
import { listLeaseholders } from '#src/revocations/lease/list-leaseholders.ts'
import type { World } from '#src/world/world.ts'

/** Something that an administrator should know or do, and the page that shows more. */
export type Attention = {
  readonly tone: Exclude<Tone, 'good'>
  readonly title: ConsoleKey
  readonly hint: ConsoleKey
  readonly values?: Readonly<Record<string, string | number>>
  readonly path: ConsolePlace
}

const dayMs = 24 * 60 * 60 * 1000
const maxKeyAgeMs = 180 * dayMs
const maxBackupAgeMs = 7 * dayMs
const fewFailures = 50

/** Everything that needs attention, the most serious first. `lastDay` is the statistics of 24 hours. */
export async function attentionOf(world: World, lastDay: readonly Slot[]): Promise<Attention[]> {
  const found = [
    await notReady(world),
    await lagging(world),
    manyFailures(lastDay),
    ...risks(world),
    await oldKey(world),
    await noBackup(world),
  ]
  return found.filter((one) => one !== undefined)
}

async function notReady(world: World): Promise<Attention | undefined> {
  const failed = (await readiness(world)).filter(({ ok }) => !ok).length
  if (failed === 0) return undefined
  const values = { count: failed }
  return { tone: 'bad', title: 'not_ready', hint: 'not_ready_hint', values, path: '/admin/health' }
}

async function lagging(world: World): Promise<Attention | undefined> {
  const { leaseholders } = await listLeaseholders(world)
  const behind = leaseholders.filter(({ lag }) => lag > 0).length
  if (behind === 0) return undefined
  const values = { count: behind }
  return { tone: 'warn', title: 'lagging', hint: 'lagging_hint', values, path: '/admin/nodes' }
}

function manyFailures(lastDay: readonly Slot[]): Attention | undefined {
  const failed = lastDay.reduce((sum, slot) => sum + failuresIn(slot), 0)
  const succeeded = lastDay.reduce((sum, { signedIn }) => sum + signedIn, 0)
  if (failed < fewFailures || failed <= succeeded) return undefined
  const values = { count: failed }
  return { tone: 'warn', title: 'many_failures', hint: 'many_failures_hint', values, path: '/admin/audit' }
}

export function failuresIn(slot: Slot): number {
  return slot.wrongCredentials + slot.wrongCode + slot.limited + slot.disabled + slot.abandoned
}

function risks({ settings }: World): Attention[] {
  const { hostname, protocol } = new URL(settings.publicUrl)
  const isLocal = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]'
  const path = '/admin/settings'
  const found: Attention[] = []
  if (protocol === 'http:' && !isLocal)
    found.push({ tone: 'bad', title: 'no_tls', hint: 'no_tls_hint', path })
  if (settings.rateLimits === 'off')
    found.push({ tone: 'warn', title: 'no_limits', hint: 'no_limits_hint', path })
  return found
}

async function oldKey(world: World): Promise<Attention | undefined> {
  const now = world.clock.now()
  const keys = await listKeys(world)
  const isOld = keys.some(
    (key) => key.purpose === 'sign' && stateOf(key, now) === 'in_use' && now - key.usedFrom > maxKeyAgeMs,
  )
  if (!isOld) return undefined
  return { tone: 'neutral', title: 'old_key', hint: 'old_key_hint', path: '/admin/keys' }
}

/** Without a schedule, PostgreSQL is backed up with its own tools, which write nothing to the audit log. */
async function noBackup({ db, clock, settings }: World): Promise<Attention | undefined> {
  if (settings.backupDir !== undefined) {
    const last = await lastScheduledBackup(db.query)
    // A backup that failed has left an event in the audit log, too.
    const isLate = last !== undefined && clock.now() - last > 2 * settings.backupEveryMs
    return isLate
      ? { tone: 'warn', title: 'late_backup', hint: 'late_backup_hint', path: '/admin/settings' }
      : undefined
  }
  if (db.dialect === 'postgres') return undefined
  const newest = await newestEvent(db.query, 'database.backed_up')
  // The first backup is an item of the checklist for new servers.
  if (newest === undefined || clock.now() - newest < maxBackupAgeMs) return undefined
  return { tone: 'neutral', title: 'no_backup', hint: 'no_backup_hint', path: '/admin/audit' }
}
