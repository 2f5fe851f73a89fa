import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize, posix } from 'node:path'
import GithubSlugger from 'github-slugger'
import { Marked, type Token, type Tokens } from 'marked'
import type { Source } from '#docs/site/contents.ts'

/** A part of a page below one heading, for the search. */
export type Section = {
  readonly url: string
  readonly page: string
  readonly title: string
  readonly text: string
}

export type Link = { readonly to: string; readonly anchor: string }

export type Page = Source & {
  /** In the site, as `docs/operating/backup.html`. */
  readonly path: string
  readonly title: string
  readonly html: string
  readonly headings: readonly { readonly depth: number; readonly text: string; readonly id: string }[]
  readonly sections: readonly Section[]
  /** Links to other pages and files, by their path in the repository. */
  readonly links: readonly Link[]
  /** Files of the repository that the page shows or links to. */
  readonly files: readonly string[]
}

type Found = { headings: Page['headings'][number][]; links: Link[]; files: string[]; sections: Section[] }

/** The anchors are those of GitHub, so that a link works in both places. */
export function pageOf(root: string, source: Source): Page {
  const { file } = source
  const text = readFileSync(join(root, file), 'utf8')
  const found: Found = { headings: [], links: [], files: [], sections: [] }
  const marked = new Marked({ gfm: true, renderer: rendererOf(root, file, found) })
  const tokens = marked.lexer(text)
  const html = marked.parser(tokens)
  const title = found.headings[0]?.text ?? file
  return { ...source, ...found, path: pathOf(file), title, html, sections: sectionsOf(tokens, file, title) }
}

/** Where a document is in the site. */
export function pathOf(file: string): string {
  return file === 'README.md' ? 'index.html' : file.replace(/\.md$/, '.html')
}

function rendererOf(root: string, file: string, found: Found) {
  const slugger = new GithubSlugger()
  return {
    heading(this: Rendering, { tokens, depth }: Tokens.Heading) {
      const text = plain(tokens)
      const id = slugger.slug(text)
      found.headings.push({ depth, text, id })
      const inner = this.parser.parseInline(tokens)
      const anchor =
        depth === 1 ? '' : ` <a class="anchor" href="#${id}" aria-label="Link to this section">#</a>`
      return `<h${depth} id="${id}">${inner}${anchor}</h${depth}>\n`
    },
    link(this: Rendering, { href, tokens }: Tokens.Link) {
      return `<a href="${escaped(siteUrl(root, file, href, found))}">${this.parser.parseInline(tokens)}</a>`
    },
    image({ href, text }: Tokens.Image) {
      found.files.push(resolved(file, href))
      return `<img src="${escaped(href)}" alt="${escaped(text)}">`
    },
    table(this: Rendering, token: Tokens.Table) {
      const row = (cells: readonly Tokens.TableCell[], tag: string) =>
        `<tr>${cells.map((cell) => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join('')}</tr>`
      const body = token.rows.map((cells) => row(cells, 'td')).join('\n')
      return `<div class="table"><table><thead>${row(token.header, 'th')}</thead><tbody>${body}</tbody></table></div>\n`
    },
  }
}

type Rendering = { readonly parser: { parseInline(tokens: Token[]): string } }

/** A link of the repository as one of the site. Folders lead to their README. */
function siteUrl(root: string, file: string, href: string, found: Found): string {
  if (/^[a-z]+:/.test(href)) return href
  const [path = '', anchor = ''] = href.split('#')
  const target = path === '' ? file : resolved(file, path)
  const isFolder = existsSync(join(root, target)) && statSync(join(root, target)).isDirectory()
  const to = isFolder ? `${target}/README.md` : target
  const exists = existsSync(join(root, to))
  const isPage = to.endsWith('.md') && exists
  // Only the code host shows a folder that has no page.
  if (isFolder && !exists) return '#'
  found.links.push({ to, anchor })
  if (!isPage) found.files.push(to)
  const url = posix.relative(posix.dirname(pathOf(file)), isPage ? pathOf(to) : to)
  return anchor === '' ? url : `${url}#${anchor}`
}

/** A relative path of a document, from the root of the repository. */
function resolved(file: string, path: string): string {
  return normalize(join(dirname(file), path)).replace(/\/$/, '')
}

function sectionsOf(tokens: readonly Token[], file: string, page: string): Section[] {
  const slugger = new GithubSlugger()
  const sections: { url: string; page: string; title: string; text: string }[] = []
  for (const token of tokens) {
    if (token.type === 'heading') {
      const title = plain(token.tokens ?? [])
      const id = slugger.slug(title)
      sections.push({ url: `${pathOf(file)}#${id}`, page, title, text: '' })
      continue
    }
    const section = sections.at(-1)
    if (section) section.text += `${plain([token])} `
  }
  return sections
}

/** The text without its marks. */
function plain(tokens: readonly Token[]): string {
  return tokens.map((token) => plainOf(token)).join('')
}

function plainOf(token: Token): string {
  if (token.type === 'html') return ''
  if (token.type === 'table') {
    const { header, rows } = token as Tokens.Table
    return [header, ...rows]
      .flat()
      .map((cell) => `${plain(cell.tokens)} `)
      .join('')
  }
  if (token.type === 'list')
    return (token as Tokens.List).items.map((item) => `${plain(item.tokens)} `).join('')
  if ('tokens' in token && token.tokens) return plain(token.tokens)
  return 'text' in token ? String(token.text) : ''
}

export function escaped(text: string): string {
  const names: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return text.replace(/[&<>"]/g, (character) => names[character] ?? character)
}
