import { createHash } from 'node:crypto'
import { z } from 'zod'
import { exits, type Json } from '#src/cli/command.ts'

/** A request is one line. Its reply is one line after any number of progress lines; then the connection ends. */
export const Request = z.strictObject({
  protocol: z.literal(1),
  release: z.string().max(100),
  /** The fingerprint of the database that the command is for; null with SQLite. */
  database: z.string().max(100).nullable(),
  command: z.string().max(100),
  input: z.unknown(),
})

export type Request = z.output<typeof Request>

export const Reply = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('output'),
    exit: z.literal(Object.values(exits)),
    lines: z.array(z.string()),
    json: z.custom<Json>((value) => value !== undefined),
  }),
  /** The server uses another database. */
  z.strictObject({ kind: z.literal('elsewhere') }),
  z.strictObject({ kind: z.literal('other_release'), release: z.string() }),
])

export type Reply = z.output<typeof Reply>

/** Lines before the reply, while a long command runs. */
export const Progress = z.strictObject({ kind: z.literal('progress'), text: z.string() })

export const maxRequestBytes = 256 * 1024

/** Identifies a database without revealing the password in its URL. */
export function fingerprint(databaseUrl: string | undefined): string | null {
  return databaseUrl === undefined ? null : createHash('sha256').update(databaseUrl).digest('base64url')
}
