import { type Html, html } from '#src/http/html.ts'

/** Outlines on a 24 px grid, each next to a word. */
const paths = {
  desktop: 'M4 5h16v11H4zM9 20h6M12 16v4',
  phone: 'M8 3h8v18H8zM11 18h2',
  tablet: 'M5 3h14v18H5zM11 18h2',
  terminal: 'M4 5h16v14H4zM7 9l3 3-3 3M12 15h4',
  password: 'M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3',
  passkey: 'M14 10a4 4 0 1 0-2.8 3.8L13 16h2v2h2v2h3v-3l-6.2-6.2M8.5 8.5v.1',
  shield: 'M12 3 5 6v5c0 4.5 3 8 7 10 4-2 7-5.500 7-10V6zM9 12l2 2 4-4',
  codes: 'M5 4h14v16H5zM9 8h6M9 12h6M9 16h3',
  mail: 'M4 6h16v12H4zM4 7l8 6 8-6',
  link: 'M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1',
  done: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8.500 12l2.500 2.500L15.500 10',
  warning: 'M12 4 2.800 20h18.400zM12 10v4.500M12 17.200v.1',
} as const

export type RowIcon = keyof typeof paths

export function rowIcon(name: RowIcon): Html {
  return html`<svg class="icon" viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor"
 stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path
 d="${paths[name]}"/></svg>`
}
