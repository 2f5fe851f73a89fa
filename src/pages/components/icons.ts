import { type Html, html } from '#src/http/html.ts'

/** One family: 16 px, 1.5 px lines, in the color of the text. An icon always has a word next to it. */
const drawings = {
  overview: html`<path d="M2.5 13.5v-4M6.2 13.5v-8M9.8 13.5v-6M13.5 13.5v-11"/>`,
  users: html`<path d="M6 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5M1.5 13.5c.3-2.6 2-4 4.5-4s4.2 1.4 4.5 4M10.5
 2.8a2.5 2.5 0 0 1 0 4.4M12 9.8c1.5.6 2.3 1.9 2.5 3.7"/>`,
  sessions: html`<path d="M2 3.5h12v7H2zM5.5 13.5h5M8 10.5v3"/>`,
  apps: html`<path d="M2.5 2.5h4.5v4.5H2.5zM9 2.5h4.5v4.5H9zM2.5 9h4.5v4.5H2.5zM9
 9h4.5v4.5H9z"/>`,
  apis: html`<path d="M5 4 1.5 8 5 12M11 4l3.5 4L11 12M9 2.5 7 13.5"/>`,
  roles: html`<path d="M8 1.8 13.5 4v4c0 3-2 5.2-5.5 6.3C4.5 13.2 2.5 11 2.5 8V4z"/>`,
  audit: html`<path d="M3.5 1.8h9v12.4h-9zM6 5h4M6 8h4M6 11h2.5"/>`,
  methods: html`<path d="M9 2.5h4.5v11H9M2 8h7.5M6.5 5l3 3-3 3"/>`,
  mail: html`<path d="M1.8 3.5h12.4v9H1.8zM2 4l6 4.8L14 4"/>`,
  nodes: html`<path d="M2.5 2.5h11v4.3h-11zM2.5 9.2h11v4.3h-11zM5 4.7h.1M5 11.4h.1"/>`,
  keys: html`<path d="M5.3 13.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6M7.5 8.4l6-6M11 4.9l2 2"/>`,
  settings: html`<path d="M2 4.5h5.5M11 4.5h3M2 11.5h3M8.5 11.5H14M9.2 2.8v3.4M6.7 9.8v3.4"/>`,
  health: html`<path d="M1.5 8.5h3l2-5 3 9 2-4h3"/>`,
  done: html`<path d="m3 8.5 3.5 3.5L13 4.5"/>`,
  open: html`<path d="M8 14a6 6 0 1 0 0-12 6 6 0 0 0 0 12"/>`,
} as const

export type IconName = keyof typeof drawings

export function icon(name: IconName): Html {
  return html`<svg class="icon" viewBox="0 0 16 16" width="16" height="16" fill="none" stroke="currentColor"
 stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${drawings[name]}</svg>`
}
