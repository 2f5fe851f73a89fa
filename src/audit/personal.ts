import type { AuditEvent, Details, Target } from '#src/audit/audit-event.ts'
import type { Actor } from '#src/audit/by.ts'
import { openUserKey, userKeysFor } from '#src/audit/user-keys.ts'
import { decrypt, encrypt } from '#src/keys/encryption.ts'
import { CannotUnseal } from '#src/keys/seal.ts'
import type { Query } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'

/** Details of two people: the IP address of the actor, and details of the target. */
export type Personal = Pick<AuditEvent, 'address' | 'actorPersonal' | 'targetPersonal'>

type Concerned = { readonly id: string; readonly actor: Actor; readonly target: Target }

type Plain = Concerned & { readonly address: string | undefined; readonly personal: object | undefined }

/** Stands for details that were never stored, because their user was deleted in the same transaction. */
const erased = ''

/**
 * A step: encrypts the personal details of each event under the keys of its users, so that they are deleted
 * with the users. The IP address of an actor who is not a user does not belong to an account and is stored in
 * plain text.
 */
export async function encryptPersonal(
  query: Query,
  world: Pick<World, 'keys' | 'clock' | 'random'>,
  events: readonly Plain[],
): Promise<Personal[]> {
  const concerned = events.map((event) => ({ ...event, ...ownersOf(event) }))
  const owners = concerned.flatMap(({ actorId, targetId }) => [actorId, targetId])
  const keys = await userKeysFor(
    query,
    world,
    owners.filter((userId) => userId !== undefined),
  )
  const encrypted = (id: string, side: Side, userId: string | undefined, plain: unknown) => {
    if (userId === undefined) return undefined
    const key = keys.get(userId)
    if (!key) return erased
    return encrypt(key, contextOf(id, side), Buffer.from(JSON.stringify(plain)), world.random).toString(
      'base64url',
    )
  }
  return concerned.map(({ id, address, personal, actorId, targetId }) => ({
    address: actorId === undefined ? address : undefined,
    actorPersonal: encrypted(id, 'actor', actorId, address),
    targetPersonal: encrypted(id, 'target', targetId, personal),
  }))
}

/** The users whose keys encrypt the address and the details of the target. */
function ownersOf({ actor, target, address, personal }: Plain) {
  return {
    actorId: actor.kind === 'user' && address !== undefined ? actor.id : undefined,
    targetId: target.kind === 'user' && personal !== undefined ? target.id : undefined,
  }
}

/** The sealed keys of the two users, if they still exist. */
export type UserKeys = { readonly actorKey: string | undefined; readonly targetKey: string | undefined }

/** The event with the personal details of those users who have not been deleted. */
export function withPersonal<E extends AuditEvent>(
  world: Pick<World, 'keys'>,
  event: E,
  { actorKey, targetKey }: UserKeys,
): E & { readonly isErased: boolean } {
  const { id, actor, target, actorPersonal, targetPersonal } = event
  const opened = (
    side: Side,
    who: Actor | Target,
    encrypted: string | undefined,
    sealedKey: string | undefined,
  ) => {
    if (encrypted === undefined || sealedKey === undefined || !('id' in who)) return undefined
    const key = openedKey(world, who.id, sealedKey)
    const plain = key && decrypt(key, contextOf(id, side), Buffer.from(encrypted, 'base64url'))
    return plain && (JSON.parse(plain.toString()) as unknown)
  }
  const address = opened('actor', actor, actorPersonal, actorKey) as string | undefined
  const personal = opened('target', target, targetPersonal, targetKey) as Details | undefined
  const isActorErased = actorPersonal !== undefined && address === undefined
  const isTargetErased = targetPersonal !== undefined && personal === undefined
  const details = personal
    ? JSON.stringify(merged(JSON.parse(event.details) as Details, personal))
    : event.details
  return { ...event, address: event.address ?? address, details, isErased: isActorErased || isTargetErased }
}

/** Lists must not fail because a key was tampered with. */
function openedKey(world: Pick<World, 'keys'>, userId: string, sealed: string): Buffer | undefined {
  try {
    return openUserKey(world, userId, sealed)
  } catch (error) {
    if (error instanceof CannotUnseal) return undefined
    throw error
  }
}

type Side = 'actor' | 'target'

/** One ciphertext cannot replace another. */
function contextOf(eventId: string, side: Side): string {
  return JSON.stringify([eventId, side])
}

function merged(one: Details, other: Details): Details {
  const both: Record<string, Details[string]> = { ...one }
  for (const [name, value] of Object.entries(other)) {
    const mine = both[name]
    both[name] = isDetails(mine) && isDetails(value) ? merged(mine, value) : value
  }
  return both
}

function isDetails(value: Details[string]): value is Details {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
