import { type Child, type Html, html } from '#src/http/html.ts'

/** Names and values side by side. */
export function factList(facts: readonly (readonly [string, Child])[]): Html {
  const pairs = facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)
  return html`<dl class="facts">${pairs}</dl>`
}
