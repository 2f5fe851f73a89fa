import { text } from '#src/http/text.ts'

/** The `token` of a link in a message; absent if the user types the code instead. */
export const LinkToken = text({ min: 0, max: 2000 }).optional()
