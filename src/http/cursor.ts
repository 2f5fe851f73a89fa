import { z } from 'zod'
import { AppError } from '#src/errors/errors.ts'
import { text } from '#src/http/text.ts'
import { jsonIn } from '#src/platform/json.ts'

/** The position in a list, newest first, after which the next page begins. Opaque to clients. */
export type Place = { readonly before: number; readonly beforeId: string }

const start: Place = { before: Number.MAX_SAFE_INTEGER, beforeId: '' }

/** Few enough rows not to delay other calls of this process. */
const perPage = 200

export const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50).describe('Maximum number of items'),
  cursor: z.string().max(200).optional().describe('The `next_cursor` of the previous page'),
})

export function readCursor(cursor: string | undefined): Place {
  if (cursor === undefined) return start
  const [, at, id] = /^([0-9]{1,15})\.([A-Za-z0-9_-]{1,64})$/.exec(decoded(cursor)) ?? []
  if (at && id) return { before: Number(at), beforeId: id }
  throw badCursor()
}

/**
 * Every page of a list, each read after the previous one was consumed. `read` returns one row more than
 * `limit`.
 */
export async function* everyPage<T>(
  read: (page: { place: Place; limit: number }) => Promise<T[]>,
  placeOf: (row: T) => { at: number; id: string },
): AsyncGenerator<T[]> {
  let place = start
  for (;;) {
    const rows = await read({ place, limit: perPage })
    const page = rows.slice(0, perPage)
    yield page
    const last = page.at(-1)
    if (last === undefined || rows.length <= perPage) return
    const { at, id } = placeOf(last)
    place = { before: at, beforeId: id }
  }
}

/** The schema of a page. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.object({ data: z.array(item), next_cursor: z.string().nullable() })
}

type Page<W> = { data: W[]; next_cursor: string | null }

/** A page of rows that were read with one more than `limit`: if that row exists, there is a next page. */
export function pageOf<T, W>(
  rows: readonly T[],
  shape: { limit: number; placeOf: (row: T) => { at: number; id: string }; onWire: (row: T) => W },
): Page<W> {
  const cursorOf = (row: T) => {
    const { at, id } = shape.placeOf(row)
    return `${at}.${id}`
  }
  return cut(rows, { ...shape, cursorOf })
}

/** The position in a list with another order: after the row with this sort key and id. */
export type Mark = { readonly key: string | number; readonly id: string }

/** For lists that may be sorted by text: an email has up to 254 characters. */
export const LongCursor = z.string().max(2000).optional().describe('The `next_cursor` of the previous page')

const Key = { number: z.int().nonnegative(), text: text({ min: 1, max: 300 }) }

/** A cursor is valid only for its own order: in another one it would skip and repeat rows. */
export function readMark(
  cursor: string | undefined,
  { order, keys }: { order: string; keys: keyof typeof Key },
): Mark | undefined {
  if (cursor === undefined) return undefined
  const marked = z.tuple([z.literal(order), Key[keys], text({ min: 1, max: 300 })])
  const { data: mark } = marked.safeParse(jsonIn(Buffer.from(cursor, 'base64url').toString()))
  if (!mark) throw badCursor()
  return { key: mark[1], id: mark[2] }
}

/** The same as `pageOf` for a list in the given order. */
export function pageIn<T, W>(
  rows: readonly T[],
  shape: { order: string; limit: number; markOf: (row: T) => Mark; onWire: (row: T) => W },
): Page<W> {
  const cursorOf = (row: T) => {
    const { key, id } = shape.markOf(row)
    return JSON.stringify([shape.order, key, id])
  }
  return cut(rows, { ...shape, cursorOf })
}

/** For lists in the order of names: the name after which a page begins; empty for the first page. */
export function readName(cursor: string | undefined): string {
  return readMark(cursor, { order: 'name', keys: 'text' })?.id ?? ''
}

/** The same as `pageIn` for a list in the order of names. */
export function pageByName<T extends { readonly name: string }, W>(
  rows: readonly T[],
  { limit, onWire }: { limit: number; onWire: (row: T) => W },
): Page<W> {
  const markOf = ({ name }: T) => ({ key: name, id: name })
  return pageIn(rows, { order: 'name', limit, markOf, onWire })
}

/** The same for a list that is short enough to be read whole. A cursor names the last item of its page. */
export function pageOfShort<T, W>(
  rows: readonly T[],
  { limit, cursor }: z.output<typeof PageQuery>,
  { idOf, onWire }: { idOf: (row: T) => string; onWire: (row: T) => W },
): Page<W> {
  const id = cursor && Buffer.from(cursor, 'base64url').toString()
  const last = cursor === undefined ? -1 : rows.findIndex((row) => idOf(row) === id)
  if (cursor !== undefined && last === -1) throw badCursor()
  return cut(rows.slice(last + 1), { limit, cursorOf: idOf, onWire })
}

function cut<T, W>(
  rows: readonly T[],
  { limit, cursorOf, onWire }: { limit: number; cursorOf: (row: T) => string; onWire: (row: T) => W },
): Page<W> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const cursor = last !== undefined && rows.length > limit ? cursorOf(last) : undefined
  return {
    data: shown.map(onWire),
    next_cursor: cursor === undefined ? null : Buffer.from(cursor).toString('base64url'),
  }
}

function decoded(cursor: string): string {
  return Buffer.from(cursor, 'base64url').toString('latin1')
}

function badCursor(): AppError {
  return new AppError('invalid_request', { errors: [{ pointer: '/cursor', code: 'bad_cursor' }] })
}
