import { z } from 'zod'

/**
 * A string that both engines can store: no U+0000 (PostgreSQL refuses it) and no lone surrogates (they are no
 * Unicode text). Lengths count UTF-16 units, as JSON Schema readers in browsers do.
 */
export function text(bounds: { min: number; max: number }) {
  return storable().min(bounds.min).max(bounds.max)
}

/** The same, as long as a body may be: for what is looked at, and refused for what it is. */
export function anyText() {
  return storable().min(1)
}

function storable() {
  return z.string().refine(isStorable, {
    error: 'This contains U+0000 or half a character. Leave that out.',
    params: { code: 'invalid_text' },
  })
}

export function isStorable(value: string): boolean {
  return value.isWellFormed() && !value.includes('\0')
}
