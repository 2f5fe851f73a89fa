import { z } from 'zod'

/** The path of a file, as whoever calls a command types it. */
export const FilePath = z.string().min(1).max(4000)
