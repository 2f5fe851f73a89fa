import { z } from 'zod'

/** The version of the file format. It changes when older releases cannot read the files of this one. */
export const format = 1

const identifier = z.string().regex(/^[a-z_]{1,63}$/)

/**
 * The first line: the format, and the migrations of the database. `moved` marks an export: its database was
 * closed, so that another one may continue its timeline.
 */
export const Head = z.strictObject({
  sigil_backup: z.literal(format),
  release: z.string().max(100),
  made_at: z.int(),
  migrations: z.array(z.string().max(100)).max(10_000),
  moved: z.strictObject({ timeline: z.string().max(100), not_before: z.int() }).optional(),
})

/** The line before the rows of a table: its name, and the columns in the order of the values. */
export const TableLine = z.strictObject({ table: identifier, columns: z.array(identifier).min(1).max(200) })

/** The last line. The hash detects damage, and the MAC a change made without the master key. */
export const End = z.strictObject({
  end: z.literal(true),
  rows: z.record(identifier, z.int()),
  sha256: z.string().length(43),
  key_id: z.string().max(100),
  mac: z.string().max(100),
})

export type Head = z.output<typeof Head>
export type TableLine = z.output<typeof TableLine>
export type End = z.output<typeof End>

/** The text that the MAC covers. */
export function macText(sha256: string): string {
  return `backup:${sha256}`
}
