import type { IconName } from '#src/pages/components/icons.ts'
import type { ConsoleKey } from '#src/pages/messages/console-en.ts'

/** Roles that may open the console. Only `admin` may change anything there. */
const everyReader = ['admin', 'auditor', 'support'] as const
const auditors = ['admin', 'auditor'] as const

export type ConsoleRole = (typeof everyReader)[number]

type Place = {
  readonly title: ConsoleKey
  readonly icon: IconName
  /** The shortcut key after `g`. */
  readonly key: string
  readonly readers: readonly ConsoleRole[]
}

/** The entries of the navigation, in groups. A new page of the console is a row here. */
export const placeGroups = [
  {
    '/admin': { title: 'overview', icon: 'overview', key: 'o', readers: everyReader },
    '/admin/users': { title: 'users', icon: 'users', key: 'u', readers: everyReader },
    '/admin/sessions': { title: 'sessions_page', icon: 'sessions', key: 's', readers: everyReader },
  },
  {
    '/admin/apps': { title: 'apps_list', icon: 'apps', key: 'a', readers: auditors },
    '/admin/apis': { title: 'apis_page', icon: 'apis', key: 'i', readers: auditors },
    '/admin/roles': { title: 'roles_page', icon: 'roles', key: 'r', readers: auditors },
  },
  {
    '/admin/audit': { title: 'audit', icon: 'audit', key: 'l', readers: auditors },
    '/admin/sign-in': { title: 'sign_in_methods', icon: 'methods', key: 'm', readers: auditors },
    '/admin/mail': { title: 'mail_page', icon: 'mail', key: 'e', readers: auditors },
  },
  {
    '/admin/nodes': { title: 'nodes', icon: 'nodes', key: 'n', readers: auditors },
    '/admin/keys': { title: 'keys', icon: 'keys', key: 'k', readers: auditors },
    '/admin/settings': { title: 'settings', icon: 'settings', key: 'c', readers: auditors },
    '/admin/health': { title: 'health', icon: 'health', key: 'h', readers: auditors },
  },
] as const satisfies readonly Readonly<Record<string, Place>>[]

type KeysOf<T> = T extends unknown ? keyof T : never
export type ConsolePlace = KeysOf<(typeof placeGroups)[number]>

const places: Readonly<Record<ConsolePlace, Place>> = Object.assign({}, ...placeGroups)

export function placeOf(path: ConsolePlace): Place {
  return places[path]
}

/** The entries of a group that a visitor may open. */
export function openTo(
  group: Readonly<Record<string, Place>>,
  roles: readonly string[],
): (Place & { readonly path: string })[] {
  const all = Object.entries(group).map(([path, place]) => ({ path, ...place }))
  return all.filter(({ readers }) => readers.some((role) => roles.includes(role)))
}

/** Whether a visitor may open a page of the console, with or without a query. */
export function mayRead(path: string, roles: readonly string[]): boolean {
  const [bare] = path.split('?')
  return placeGroups.some((group) => openTo(group, roles).some((place) => place.path === bare))
}

export function mayOpenConsole(roles: readonly string[]): boolean {
  return everyReader.some((role) => roles.includes(role))
}

/** Whether the visitor may change things, or only read. */
export function mayChange(roles: readonly string[]): boolean {
  return roles.includes('admin')
}

/** Whether users with this role may read the console. */
export function readsConsole(role: string): boolean {
  return everyReader.some((known) => known === role)
}
