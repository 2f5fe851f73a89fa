import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { type Child, html } from '#src/http/html.ts'
import { checkbox } from '#src/pages/components/fields.ts'
import { consolePage, type curl } from '#src/pages/console/console-page.ts'
import type { ConsolePlace } from '#src/pages/console/places.ts'
import { textsOf } from '#src/pages/texts.ts'
import type { World } from '#src/world/world.ts'

type Confirmation = {
  readonly place: ConsolePlace
  readonly title: string
  /** The effects of the action, and what does not change. */
  readonly effects: readonly string[]
  /** The target of the action. */
  readonly subject: Child
  /** The list of targets, if there are several. */
  readonly list?: Child
  /** A further choice in the form. */
  readonly choice?: { readonly name: string; readonly label: string; readonly hint: string }
  readonly hidden?: Readonly<Record<string, string>>
  readonly action: string
  readonly button: string
  /** Whether the action cannot be undone. */
  readonly isDanger?: boolean
  readonly cancel: string
  readonly command: ReturnType<typeof curl> | { readonly label: 'as_command'; readonly code: string }
}

/** A confirmation page. The safe choice comes first. */
export function confirmPage(world: World, call: Call, asked: Confirmation): Promise<Answer> {
  const { title, effects, subject, list, choice, action, button, cancel, place, command } = asked
  const { isDanger = true, hidden = {} } = asked
  const fields = Object.entries(hidden).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )
  const content = html`<section class="sheet">
<h1>${title}</h1>
<p class="lead">${subject}</p>
<ul class="effects">${effects.map((effect) => html`<li>${effect}</li>`)}</ul>
${list}
<form method="post" action="${action}">${fields}
${choice && checkbox({ ...choice, isChecked: false })}
<div class="buttons"><a class="button" href="${cancel}">${textsOf(call).get('cancel')}</a>
<button class="${isDanger ? 'danger solid' : 'primary'}">${button}</button></div>
</form>
</section>`
  return consolePage(world, call, { place, title, content, command })
}
