import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { type Child, html } from '#src/http/html.ts'
import { codeBlock } from '#src/pages/components/code-block.ts'
import { consolePage } from '#src/pages/console/console-page.ts'
import type { ConsolePlace } from '#src/pages/console/places.ts'
import { textsOf } from '#src/pages/texts.ts'
import type { World } from '#src/world/world.ts'

type Secret = {
  readonly place: ConsolePlace
  readonly title: string
  readonly label: string
  readonly secret: string
  /** How to use it. */
  readonly more: Child
  readonly next: string
}

/** Shows a secret once: no other response contains it, and the database has only its hash. */
export function secretPage(world: World, call: Call, shown: Secret): Promise<Answer> {
  const { place, title, label, secret, more, next } = shown
  const texts = textsOf(call)
  const content = html`<section class="sheet"><h1>${title}</h1>
<p class="note warn" role="status">${texts.get('shown_once')}</p>
<h2>${label}</h2>${codeBlock(label, secret)}
<p class="buttons"><a class="button primary" href="${next}">${texts.get('secret_stored')}</a></p>
</section>${more}`
  return consolePage(world, call, { place, title, content })
}
