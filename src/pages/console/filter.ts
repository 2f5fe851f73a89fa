import { text } from '#src/http/text.ts'

/** An empty field of a form counts as absent. */
export const Filter = text({ min: 0, max: 200 })
  .transform((value) => value.trim() || undefined)
  .optional()
