import { z } from 'zod'

/**
 * A string that both engines can store: no U+0000 (PostgreSQL refuses it) and no lone surrogates (they are no
 * Unicode text). Lengths count UTF-16 units, as JSON Schema readers in browsers do.
 */
export function text(bounds: { min: number; max: number }) {
  return z
    .string()
    .min(bounds.min)
    .max(bounds.max)
    .refine(isStorable, { error: 'Contains U+0000 or a lone surrogate' })
}

export function isStorable(value: string): boolean {
  return value.isWellFormed() && !value.includes('\0')
}
