import { raw, html as template } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'

/** A piece of a page in which all text is escaped. */
export type Html = HtmlEscapedString

/** The content of a piece: text is escaped, false and undefined are left out. */
export type Child = string | number | false | undefined | Html | readonly Child[]

/** Escapes every inserted text, for elements and for quoted attributes. */
export function html(strings: TemplateStringsArray, ...children: readonly Child[]): Html {
  const piece = template(strings, ...children)
  if (piece instanceof Promise) throw new Error('A piece of a page must not be asynchronous')
  return piece
}

/** A picture of our own. Throws for anything except one SVG element with plain paths. */
export function svg(drawn: string): Html {
  if (!/^<svg [^<>]*>(?:<path [^<>]*\/>)*<\/svg>$/.test(drawn)) throw new Error('This is not a plain picture')
  return raw(drawn)
}
