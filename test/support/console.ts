import type { World } from '#src/world/world.ts'
import type { Client } from '#test/support/client.ts'
import { signedInOnPage } from '#test/support/forms.ts'
import { type Person, personWithRoles } from '#test/support/people.ts'
import type { Site } from '#test/support/site.ts'

/** A new administrator, signed in on the pages. */
export async function administratorOn(
  site: Pick<Site, 'browser' | 'world'>,
): Promise<{ person: Person; admin: Client }> {
  const person = await personWithRoles(site.world(), ['default_user', 'admin'])
  const admin = site.browser()
  await signedInOnPage(admin, person.email)
  return { person, admin }
}

/** A user without privileges. */
export function somebody(world: World): Promise<Person> {
  return personWithRoles(world, ['default_user'])
}
