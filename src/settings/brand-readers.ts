import { extname, resolve } from 'node:path'
import { contrastOf } from '#src/platform/contrast.ts'
import { reader } from '#src/settings/reader.ts'

export const brandName = reader('a name of 1 to 60 characters', (text) =>
  /^[^\p{C}]{1,60}$/u.test(text.trim()) ? text.trim() : undefined,
)

const pictures = {
  svg: 'image/svg+xml',
  png: 'image/png',
  webp: 'image/webp',
} as const satisfies Record<string, string>

export type Picture = { readonly path: string; readonly extension: string; readonly type: string }

export const picture = reader('the path of an .svg, .png or .webp file', (text): Picture | undefined => {
  const extension = extname(text).slice(1).toLowerCase()
  if (!isPicture(extension) || text.includes('\0')) return undefined
  return { path: resolve(text), extension, type: pictures[extension] }
})

function isPicture(extension: string): extension is keyof typeof pictures {
  return Object.hasOwn(pictures, extension)
}

/** Buttons have white text, and the color is also that of links on white: WCAG 2.2 section 1.4.3. */
export const accentColor = reader(
  'a color such as #1d4ed8, dark enough for white text with a contrast of at least 4.5',
  (text) =>
    /^#[0-9a-f]{6}$/i.test(text) && contrastOf(text, '#ffffff') >= 4.5 ? text.toLowerCase() : undefined,
)

export const webAddress = reader('an https:// URL, such as https://example.org/help', (text) => {
  const url = URL.parse(text)
  return url?.protocol === 'https:' && url.username === '' ? url.href : undefined
})
