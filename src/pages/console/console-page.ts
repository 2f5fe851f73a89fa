import type { Answer } from '#src/http/answer.ts'
import { type Call, callerOf } from '#src/http/call.ts'
import { type Child, type Html, html } from '#src/http/html.ts'
import { consoleScript } from '#src/pages/assets.ts'
import { foldedCode } from '#src/pages/components/code-block.ts'
import { sideNavigation } from '#src/pages/components/side-navigation.ts'
import { type ConsolePlace, openTo, placeGroups } from '#src/pages/console/places.ts'
import { flashMessage, withoutFlash } from '#src/pages/flash.ts'
import { noticeBox } from '#src/pages/form.ts'
import { answerPage } from '#src/pages/layout.ts'
import { renewed } from '#src/pages/page-cookies.ts'
import { type Texts, textsOf } from '#src/pages/texts.ts'
import type { World } from '#src/world/world.ts'

type ConsolePage = {
  readonly place: ConsolePlace
  readonly title: string
  readonly content: Child
  /** The equivalent API call or command. */
  readonly command?: { readonly label: 'as_curl' | 'as_command'; readonly code: string }
  readonly status?: number
}

/** A page of the console, with links to the others and the result of the last form. */
export function consolePage(world: World, call: Call, page: ConsolePage): Promise<Answer> {
  const texts = textsOf(call)
  const { place, title, content, command, status = 200 } = page
  const answer = answerPage(call, {
    status,
    title: `${title} · ${texts.get('console')}`,
    shape: 'console',
    navigation: navigation(call, texts, place),
    scripts: [consoleScript],
    content: html`${noticeBox(flashMessage(world, call))}
${content}
${command && foldedCode(texts.get(command.label), command.code)}
${keysHelp(call, texts)}`,
  })
  return renewed(world, call, withoutFlash(world, call, answer))
}

function navigation(call: Call, texts: Texts, current: ConsolePlace): Html {
  const { roles } = callerOf(call)
  const groups = placeGroups.map((group) =>
    openTo(group, roles).map(({ path, title, icon, key }) => ({
      ...{ path, icon, key },
      label: texts.get(title),
      isCurrent: path === current,
    })),
  )
  return sideNavigation(
    texts.get('console'),
    groups.filter((links) => links.length > 0),
  )
}

/** A script opens it when the visitor presses `?`. */
function keysHelp(call: Call, texts: Texts): Html {
  const { roles } = callerOf(call)
  const pages = placeGroups.flatMap((group) => openTo(group, roles))
  const rows = [
    ['/', texts.get('key_search')],
    ['?', texts.get('key_help')],
    ...pages.map(({ key, title }) => [`g ${key}`, texts.get(title)]),
  ]
  return html`<dialog class="keys-help" aria-labelledby="keys-title" data-copy="${texts.get('copy')}"
 data-copied="${texts.get('copied')}"><h2 id="keys-title">${texts.get('keyboard')}</h2>
<dl>${rows.map(([key, does]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${does}</dd></div>`)}</dl>
<form method="dialog"><button>${texts.get('close')}</button></form></dialog>`
}

/** The equivalent call of the API. */
export function curl(
  { settings }: World,
  method: string,
  path: string,
  body?: unknown,
): { readonly label: 'as_curl'; readonly code: string } {
  const lines = [
    method === 'GET' ? 'curl' : `curl -X ${method}`,
    `"${settings.publicUrl}/api/v1${path}"`,
    '-H "Authorization: Bearer $TOKEN"',
    ...(body === undefined ? [] : [`--json '${JSON.stringify(body).replaceAll("'", "'\\''")}'`]),
  ]
  return { label: 'as_curl', code: lines.join(' \\\n  ').replace(' \\\n  ', ' ') }
}

/** The equivalent command. */
export function cliCommand(code: string): { readonly label: 'as_command'; readonly code: string } {
  return { label: 'as_command', code }
}
