import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { type Child, html } from '#src/http/html.ts'
import { type ConsolePlace, consolePage, type curl } from '#src/pages/console/console-page.ts'
import { textsFor } from '#src/pages/texts.ts'
import type { World } from '#src/world/world.ts'

type Confirmation = {
  readonly place: ConsolePlace
  readonly title: string
  /** What will happen, and what will not. */
  readonly effects: readonly string[]
  /** What it happens to. */
  readonly subject: Child
  readonly action: string
  readonly button: string
  readonly cancel: string
  readonly command: ReturnType<typeof curl>
}

/** Asks before something ends. The safe way out comes first. */
export function confirmPage(world: World, call: Call, asked: Confirmation): Promise<Answer> {
  const { title, effects, subject, action, button, cancel, place, command } = asked
  const content = html`<section class="sheet">
<h1>${title}</h1>
<p class="lead">${subject}</p>
<ul class="effects">${effects.map((effect) => html`<li>${effect}</li>`)}</ul>
<form class="buttons" method="post" action="${action}">
<a class="button" href="${cancel}">${textsFor(call.language).get('cancel')}</a>
<button class="danger solid">${button}</button>
</form>
</section>`
  return consolePage(world, call, { place, title, content, command })
}
