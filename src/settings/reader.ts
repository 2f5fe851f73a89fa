import { z } from 'zod'

/**
 * Parses one setting. Its error message completes the sentence "SIGIL_X must be ...", or, from `rejectWith`,
 * is what follows the name.
 */
export type Reader<T> = z.ZodType<T, string>

export function reader<T>(must: string, read: (text: string) => T | undefined): Reader<T> {
  return z.string().transform((text, context): T => {
    const value = read(text)
    if (value !== undefined) return value
    context.addIssue({ code: 'custom', message: must })
    return z.NEVER
  })
}

/**
 * The problem follows the name of the setting, as in "SIGIL_X has the unknown parameter y." The reference
 * prints what the value must be.
 */
export function rejectWith(context: z.core.$RefinementCtx, problem: string, must = problem): never {
  context.addIssue({ code: 'custom', message: problem, params: { followsName: true, must } })
  return z.NEVER
}
