import { type Html, html } from '#src/http/html.ts'

/** A command or a document. It can scroll, so it is focusable. */
export function codeBlock(label: string, code: string): Html {
  return html`<pre tabindex="0" role="group" aria-label="${label}"><code>${code}</code></pre>`
}

/** The same, collapsed, for content that few readers need. */
export function foldedCode(label: string, code: string): Html {
  return html`<details class="command"><summary>${label}</summary>${codeBlock(label, code)}</details>`
}
