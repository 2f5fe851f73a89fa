import { createHash } from 'node:crypto'
import type { z } from 'zod'
import { BackupError } from '#src/backup/backup-error.ts'
import { End, Head, TableLine } from '#src/backup/backup-lines.ts'
import type { Cell } from '#src/backup/rows.sql.ts'
import { jsonIn } from '#src/platform/json.ts'
import { EndlessLine, linesOf } from '#src/platform/lines.ts'
import { migrations } from '#src/store/migrations/all.ts'

/** Longer than any row. */
const maxLineBytes = 16 * 1024 * 1024

export type Piece =
  | { readonly kind: 'head'; readonly head: Head }
  | { readonly kind: 'table'; readonly line: TableLine }
  | { readonly kind: 'row'; readonly row: readonly Cell[] }
  | { readonly kind: 'end'; readonly end: End }

/**
 * Reads a backup from its first line to its last. Throws if it is not a backup or is incomplete. Only the
 * last part proves that everything before it is unchanged.
 */
export async function* readBackup(path: string): AsyncGenerator<Piece> {
  const hash = createHash('sha256')
  const counts: Record<string, number> = {}
  let table: TableLine | undefined
  let isHeadRead = false
  let end: End | undefined
  for await (const text of wholeLinesOf(path)) {
    if (end) throw damaged(path, 'it continues after its end')
    const value = jsonIn(text)
    if (!isHeadRead) {
      yield { kind: 'head', head: headOf(path, value) }
      isHeadRead = true
    } else if (Array.isArray(value)) {
      const row = rowOf(path, value, table)
      if (table) counts[table.table] = (counts[table.table] ?? 0) + 1
      yield { kind: 'row', row }
    } else if (isEnd(value)) {
      end = read(path, End, value)
      const isWhole = end.sha256 === hash.digest('base64url') && sameCounts(counts, end.rows)
      if (!isWhole) throw damaged(path, 'it was changed after it was written')
      continue
    } else {
      table = read(path, TableLine, value)
      if (counts[table.table] !== undefined) throw damaged(path, `it has ${table.table} twice`)
      counts[table.table] = 0
      yield { kind: 'table', line: table }
    }
    hash.update(text).update('\n')
  }
  if (!end) throw damaged(path, 'its end is missing')
  yield { kind: 'end', end }
}

/** How many rows a backup has. */
export function rowsIn({ rows }: End): number {
  return Object.values(rows).reduce((sum, count) => sum + count, 0)
}

/** Returns the first and the last line of a complete backup. Throws if a newer release made it. */
export async function checkBackup(path: string): Promise<{ head: Head; end: End }> {
  let head: Head | undefined
  for await (const piece of readBackup(path)) {
    if (piece.kind === 'head') head = piece.head
    if (piece.kind === 'end' && head) assertNotNewer(path, head)
    if (piece.kind === 'end' && head) return { head, end: piece.end }
  }
  throw damaged(path, 'its end is missing')
}

export function damaged(path: string, why: string, options?: ErrorOptions): BackupError {
  const message = `${path} is damaged: ${why}. Nothing was changed. Use another copy or an older backup.`
  return new BackupError('backup_damaged', message, options)
}

/** Accepts only lines with a newline: a truncated file ends in a partial line, which may look complete. */
async function* wholeLinesOf(path: string): AsyncGenerator<string> {
  try {
    for await (const { bytes, isEnded } of linesOf(path, maxLineBytes)) {
      if (!isEnded) throw damaged(path, 'it ends in the middle of a line')
      yield bytes.toString('utf8')
    }
  } catch (error) {
    throw error instanceof EndlessLine ? notABackup(path) : error
  }
}

function headOf(path: string, value: unknown): Head {
  const head = Head.safeParse(value)
  if (head.success) return head.data
  const isOtherFormat = typeof value === 'object' && value !== null && 'sigil_backup' in value
  if (!isOtherFormat) throw notABackup(path)
  throw new BackupError(
    'backup_newer',
    `${path} has a format that this release does not know. Use the release that made it.`,
  )
}

function assertNotNewer(path: string, { migrations: ids, release }: Head): void {
  const unknown = ids.filter((id) => !migrations.some((migration) => migration.id === id))
  if (unknown.length === 0) return
  throw new BackupError(
    'backup_newer',
    `${path} was made by a newer release (${release}), whose migrations this one does not know: ` +
      `${unknown.join(', ')}. Use that release.`,
  )
}

function notABackup(path: string): BackupError {
  return new BackupError(
    'not_a_backup',
    `${path} is neither a backup nor an export: \`sigil backup FILE\` and \`sigil export FILE\` make them. ` +
      'To import users of another system, use `sigil import users FILE`.',
  )
}

function isEnd(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'end' in value
}

function read<T>(path: string, schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (!result.success) throw damaged(path, 'a line cannot be read')
  return result.data
}

function rowOf(path: string, value: readonly unknown[], table: TableLine | undefined): readonly Cell[] {
  if (value.length !== table?.columns.length || !value.every(isValue))
    throw damaged(path, 'a row cannot be read')
  return value
}

function isValue(value: unknown): value is Cell {
  return value === null || typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))
}

function sameCounts(one: Readonly<Record<string, number>>, other: Readonly<Record<string, number>>): boolean {
  const names = Object.keys(one)
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name])
}
