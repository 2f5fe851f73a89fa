import type { Page } from 'playwright-core'
import { consolePaths, type Filled } from '#test/support/console-pages.ts'
import { type Inhabited, pathsFor } from '#test/support/every-page.ts'
import type { Staged } from '#test/support/staged-pages.ts'

/** A picture: its name, and how to get to the page. `as` is who looks: nobody, or the administrator. */
export type Picture = {
  readonly name: string
  readonly as: 'visitor' | 'user'
  readonly open: (page: Page) => Promise<unknown>
}

/** A picture of each page that has a fixed URL. The others are stages. */
export function picturesOf(ids: Inhabited): Picture[] {
  const at = (as: Picture['as']) => (path: string) => ({
    name: nameOf(path, ids.filled),
    as,
    open: (page: Page) => page.goto(path),
  })
  const ofUser = [...pathsFor('user', ids), ...consolePaths(ids.filled)]
  return [...pathsFor('visitor', ids).map(at('visitor')), ...ofUser.map(at('user'))]
}

/** Which pictures and looks the arguments select: an argument is the name of a look or a part of a name. */
export function selection(asked: readonly string[], looks: readonly string[]) {
  const askedLooks = asked.filter((word) => looks.includes(word))
  const words = asked.filter((word) => !looks.includes(word))
  return {
    looks: askedLooks.length === 0 ? looks : askedLooks,
    has: ({ name }: Pick<Picture | Staged, 'name'>) =>
      words.length === 0 || words.some((word) => name.includes(word)),
  }
}

/** The same name in every run: without the ids. */
function nameOf(path: string, { userId, clientId, apiName, verifierName, deliveryId }: Filled): string {
  const ids = [userId, clientId, apiName, verifierName, deliveryId]
  return ids.reduce((name, id) => name.replace(id, 'id'), path.slice(1)).replaceAll(/[/?=&]/g, '-')
}
