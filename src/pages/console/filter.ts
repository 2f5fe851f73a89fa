import { text } from '#src/http/text.ts'

/** An empty field of a form is as if it were not there. */
export const Filter = text({ min: 0, max: 200 })
  .transform((value) => value.trim() || undefined)
  .optional()
