import { createHash } from 'node:crypto'
import {
  hasAdministrator,
  isSetupLinkOpen,
  replaceSetupLink,
  useSetupLink,
} from '#src/accounts/setup-links.sql.ts'
import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { hashNewPassword } from '#src/credentials/passwords/new-password.ts'
import { AppError } from '#src/errors/errors.ts'
import { randomId } from '#src/platform/random.ts'
import { checkedEmail } from '#src/users/checked-names.ts'
import { createUser } from '#src/users/create.ts'
import { lockMembers } from '#src/users/roles.sql.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

/** Long enough to find the line on a terminal, short enough in case the log is copied somewhere. */
export const setupLinkLifetimeMs = 60 * 60 * 1000

const rolesOfAdmin = ['default_user', 'admin'] as const

/**
 * Returns the token of a new link that creates the first administrator; undefined if there is one already.
 */
export async function offerSetup({ db, clock, random }: World): Promise<string | undefined> {
  const token = randomId(random)
  const now = clock.now()
  const link = { tokenHash: hashOf(token), now, expiresAt: now + setupLinkLifetimeMs }
  return db.transaction(async (query) => {
    if (await hasAdministrator(query)) return undefined
    await replaceSetupLink(query, link)
    return token
  })
}

/** Whether a link still works. Opening it does not use it up: mail and chat programs open links too. */
export async function isSetupOpen({ db, clock }: World, token: string): Promise<boolean> {
  if (await hasAdministrator(db.query)) return false
  return isSetupLinkOpen(db.query, hashOf(token), clock.now())
}

type Setup = {
  readonly token: string
  readonly email: string
  readonly password: string
  readonly address: string
  readonly by: By
}

/** Creates the first administrator. Of several calls with the link, one succeeds. */
export async function createFirstAdmin(world: World, setup: Setup): Promise<User> {
  const { token, password, address, by } = setup
  // A guessed token must not cost a password hash.
  if (!(await isSetupOpen(world, token))) throw new AppError('not_found')
  const email = checkedEmail(setup.email)
  const names = { email, username: undefined, fullName: undefined }
  const passwordHash = await hashNewPassword(world, { password, owner: names, pointer: '/password', address })
  const { db, clock, random } = world
  const now = clock.now()
  const person = { ...names, passwordHash, roles: rolesOfAdmin }
  return db.transaction(async (query) => {
    // Locks the row that owns the members of the role: no other administrator can be added in the meantime.
    await lockMembers(query, 'admin', now)
    if (!(await useSetupLink(query, hashOf(token), now))) throw new AppError('not_found')
    const created = await createUser(query, { random, now, person })
    // Thrown inside the transaction, so that the link can be used with another email.
    if (created.kind !== 'created') throw new AppError('already_registered')
    const { user } = created
    const target = { kind: 'user', id: user.id } as const
    const details = { after: { roles: user.roles } }
    const personal = { after: { email } }
    await recordEvent(query, world, { event: 'user.created', by, target, details, personal })
    return user
  })
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}
