import { posix } from 'node:path'
import { escaped, type Page } from '#docs/site/page.ts'

export function layout(page: Page, pages: readonly Page[], version: string): string {
  const { path, title, html, headings } = page
  const up = posix.relative(posix.dirname(path), '.')
  const base = up === '' ? '.' : up
  const name = path === 'index.html' ? 'Sigil' : `${escaped(title)} · Sigil`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${name}</title>
<link rel="stylesheet" href="${base}/assets/site.css">
<script type="module" src="${base}/assets/search.js"></script>
</head>
<body data-base="${base}">
<a class="skip" href="#content">Skip to content</a>
<header>
<a class="brand" href="${base}/index.html">Sigil <span>${escaped(version)}</span></a>
<form class="search" role="search" hidden>
<label class="unseen" for="q">Search</label>
<input id="q" type="search" placeholder="Search (press /)" autocomplete="off" aria-controls="found">
<ol id="found" hidden></ol>
</form>
</header>
<div class="frame">
<details class="menu" open><summary>Contents</summary>
<nav aria-label="Contents">${navigation(page, pages)}</nav></details>
<main id="content">
${html}
</main>
<nav class="here" aria-label="On this page">${onThisPage(headings)}</nav>
</div>
</body>
</html>
`
}

function navigation(page: Page, pages: readonly Page[]): string {
  const groups = [...Map.groupBy(pages, ({ group }) => group)]
  return groups
    .map(([group, own]) => {
      const items = own.map(({ path, title }) => {
        const url = posix.relative(posix.dirname(page.path), path)
        const current = path === page.path ? ' aria-current="page"' : ''
        return `<li><a href="${url}"${current}>${escaped(path === 'index.html' ? 'Overview' : title)}</a></li>`
      })
      return `<h2>${group}</h2><ul>${items.join('')}</ul>`
    })
    .join('\n')
}

/** A page with hundreds of headings, such as the routes, lists its chapters alone. */
function onThisPage(headings: Page['headings']): string {
  const deepest = headings.length > 60 ? 2 : 3
  const shown = headings.filter(({ depth }) => depth > 1 && depth <= deepest)
  if (shown.length < 2) return ''
  const items = shown.map(
    ({ depth, text, id }) => `<li class="depth-${depth}"><a href="#${id}">${escaped(text)}</a></li>`,
  )
  return `<h2>On this page</h2><ul>${items.join('')}</ul>`
}

export function redirectPage(to: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Sigil</title>
<meta http-equiv="refresh" content="0; url=${to}">
<a href="${to}">Documentation of Sigil</a>
</html>
`
}
