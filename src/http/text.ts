import { z } from 'zod'

/**
 * A string that both engines can store: without U+0000, which PostgreSQL rejects, and without lone
 * surrogates. Lengths count UTF-16 units, as JSON Schema validators in browsers do.
 */
export function text(bounds: { min: number; max: number }) {
  return storable().min(bounds.min).max(bounds.max)
}

/**
 * The same without a maximum except the size of the body: for values with a check that reports its own
 * errors.
 */
export function anyText() {
  return storable().min(1)
}

function storable() {
  return z.string().refine(isStorable, { params: { code: 'invalid_text' } })
}

export function isStorable(value: string): boolean {
  return value.isWellFormed() && !value.includes('\0')
}
