import { raw, html as template } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'

/** A piece of a page in which whatever came from outside has been escaped. */
export type Html = HtmlEscapedString

/** What may stand in a piece: text is escaped, false and undefined leave nothing behind. */
export type Child = string | number | false | undefined | Html | readonly Child[]

/** Escapes every text put in, for elements and for attributes in quotation marks. */
export function html(strings: TemplateStringsArray, ...children: readonly Child[]): Html {
  const made = template(strings, ...children)
  if (made instanceof Promise) throw new Error('A piece of a page waits for something')
  return made
}

/** A picture that we drew ourselves. Throws for anything but one SVG element with plain paths. */
export function svg(drawn: string): Html {
  if (!/^<svg [^<>]*>(?:<path [^<>]*\/>)*<\/svg>$/.test(drawn)) throw new Error('This is not a plain picture')
  return raw(drawn)
}
