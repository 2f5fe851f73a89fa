import type { z } from 'zod'

/** `sigil dev` is development; every other command is production. */
export type Mode = 'development' | 'production'

/**
 * A text for the row's reader, where `{SIGIL_PORT}` stands for that setting. Undefined: there is no default.
 */
type Default = string | undefined | { development: string | undefined; production: string | undefined }

export type SettingRow = {
  read: z.ZodType<unknown, string | undefined>
  default: Default
  /** Never printed, and also read from the file named in `*_FILE`. */
  secret: boolean
  /** A document of several lines: its problems name a line, so what precedes it in its file is kept. */
  isDocument?: true
  description: string
  example: string
}
