import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { type Child, html } from '#src/http/html.ts'
import { foldedCode } from '#src/pages/components/code-block.ts'
import { sideNavigation } from '#src/pages/components/side-navigation.ts'
import { flashMessage, withoutFlash } from '#src/pages/flash.ts'
import { noticeBox } from '#src/pages/form.ts'
import { answerPage } from '#src/pages/layout.ts'
import type { ConsoleKey } from '#src/pages/messages/console-en.ts'
import { renewed } from '#src/pages/page-cookies.ts'
import { type Texts, textsFor } from '#src/pages/texts.ts'
import type { World } from '#src/world/world.ts'

const groups = [
  {
    '/admin': 'overview',
    '/admin/users': 'users',
    '/admin/roles': 'roles_page',
    '/admin/audit': 'audit',
  },
  {
    '/admin/nodes': 'nodes',
    '/admin/keys': 'keys',
    '/admin/settings': 'settings',
    '/admin/health': 'health',
  },
] as const satisfies readonly Readonly<Record<string, ConsoleKey>>[]

type KeysOf<T> = T extends unknown ? keyof T : never
export type ConsolePlace = KeysOf<(typeof groups)[number]>

type ConsolePage = {
  readonly place: ConsolePlace
  readonly title: string
  readonly content: Child
  /** The same by the API or the command line. */
  readonly command?: { readonly label: 'as_curl' | 'as_command'; readonly code: string }
  readonly status?: number
}

/** A page of the console, with links to the others and what the last form has done. */
export function consolePage(world: World, call: Call, page: ConsolePage): Promise<Answer> {
  const texts = textsFor(call.language)
  const { place, title, content, command, status = 200 } = page
  const answer = answerPage(call, {
    status,
    title: `${title} · ${texts.get('console')}`,
    shape: 'console',
    navigation: navigation(texts, place),
    content: html`${noticeBox(flashMessage(world, call))}
${content}
${command && foldedCode(texts.get(command.label), command.code)}`,
  })
  return renewed(world, call, withoutFlash(world, call, answer))
}

function navigation(texts: Texts, place: ConsolePlace) {
  const linksOf = (group: Readonly<Record<string, ConsoleKey>>) =>
    Object.entries(group).map(([path, key]) => ({
      path,
      label: texts.get(key),
      isCurrent: path === place,
    }))
  return sideNavigation(texts.get('console'), groups.map(linksOf))
}

/** The call of the API that does the same. */
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

/** The command that prints the same. */
export function cliCommand(code: string): { readonly label: 'as_command'; readonly code: string } {
  return { label: 'as_command', code }
}
