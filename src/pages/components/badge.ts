import { type Html, html } from '#src/http/html.ts'

export type Tone = 'neutral' | 'good' | 'warn' | 'bad'

/** A state in one word. */
export function badge(tone: Tone, label: string): Html {
  return html`<span class="badge ${tone}">${label}</span>`
}
