import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { type End, macText } from '#src/backup/backup-lines.ts'
import { macOf } from '#src/keys/key-ring.ts'
import type { World } from '#src/world/world.ts'

export type Line = Record<string, unknown> | unknown[]

/** A copy of a backup with changed lines and a matching hash; with `keys`, also a matching MAC. */
export function rewritten(
  file: string,
  change: (line: Line, table: string) => Line | undefined,
  keys?: World['keys'],
): string {
  const lines = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
  const end = lines.pop() as End
  const rows: Record<string, number> = {}
  const output: string[] = []
  let table = ''
  for (const line of lines) {
    if (!Array.isArray(line) && typeof line.table === 'string') table = line.table
    const changed = change(line, table)
    if (changed === undefined) continue
    if (Array.isArray(changed)) rows[table] = (rows[table] ?? 0) + 1
    else if (changed.table !== undefined) rows[table] = 0
    output.push(JSON.stringify(changed), '\n')
  }
  const sha256 = createHash('sha256').update(output.join('')).digest('base64url')
  const mac = keys ? macOf(keys.macKey(), macText(sha256)) : end.mac
  const other = `${file}.rewritten`
  writeFileSync(other, `${output.join('')}${JSON.stringify({ ...end, rows, sha256, mac })}\n`)
  return other
}
