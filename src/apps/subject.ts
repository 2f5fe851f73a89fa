import { createHmac } from 'node:crypto'
import { type App, sectorOf } from '#src/apps/app.ts'
import { putSalt, sealedSalt } from '#src/apps/subject-salts.sql.ts'
import { seal, unseal } from '#src/keys/seal.ts'
import type { World } from '#src/world/world.ts'

const label = { purpose: 'subject_salt', id: '1' } as const

type Subjected = Pick<App, 'clientId' | 'subjectType' | 'redirectUris'>

/**
 * The id of a user as an app sees it: the id itself, or one that apps on other hosts cannot correlate (OpenID
 * Connect Core section 8.1). Tokens, userinfo and introspection all have the same.
 */
export async function subjectFor(
  world: World,
  { app, userId }: { app: Subjected; userId: string },
): Promise<string> {
  if (app.subjectType === 'public') return userId
  const salt = (await storedSalt(world)) ?? (await newSalt(world))
  const sector = sectorOf(app) ?? app.clientId
  // As JSON, so that different pairs never have the same text.
  return createHmac('sha256', salt)
    .update(JSON.stringify([sector, userId]))
    .digest('base64url')
}

async function storedSalt(world: World): Promise<Buffer | undefined> {
  const sealed = await sealedSalt(world.db.query)
  return sealed === undefined ? undefined : unseal(world, label, sealed)
}

/** Created at the first use: concurrent callers all use the one that was stored. */
async function newSalt(world: World): Promise<Buffer> {
  await putSalt(world.db.query, seal(world, label, world.random.bytes(32)))
  const salt = await storedSalt(world)
  if (!salt) throw new Error('The salt of pairwise ids was stored, but is missing.')
  return salt
}
