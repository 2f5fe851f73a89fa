import type { Page } from '#docs/site/page.ts'

/** Links to documents that are not in the site, and to headings that do not exist. */
export function brokenLinks(pages: readonly Page[]): string[] {
  const ids = new Map(pages.map(({ file, headings }) => [file, new Set(headings.map(({ id }) => id))]))
  return pages.flatMap(({ file, links }) =>
    links.flatMap(({ to, anchor }) => {
      if (!to.endsWith('.md')) return []
      const known = ids.get(to)
      if (!known) return [`${file}: ${to} is not a page of the site.`]
      return anchor === '' || known.has(anchor) ? [] : [`${file}: ${to} has no heading #${anchor}.`]
    }),
  )
}
