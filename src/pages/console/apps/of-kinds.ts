import type { AppKind } from '#src/apps/app.ts'
import { type Html, html } from '#src/http/html.ts'

/** Their users sign in at Sigil, and the app gets tokens. */
export const kindsWithUsers: readonly AppKind[] = ['web', 'browser', 'native']

/**
 * Shows a field only for some kinds of apps. The kind of an existing app is fixed. In the form of a new one
 * the stylesheet hides the fields of the other kinds, unless the server has found an error in them.
 */
export function ofKinds({ kind, isNew }: { kind: string; isNew: boolean }) {
  return (kinds: readonly AppKind[], field: Html): Html | false => {
    if (isNew) return html`<div class="of-kinds ${kinds.join(' ')}">${field}</div>`
    return kinds.some((one) => one === kind) && field
  }
}
