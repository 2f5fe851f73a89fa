import { z } from 'zod'

/** The path of a file in the arguments of a command. */
export const FilePath = z.string().min(1).max(4000)
