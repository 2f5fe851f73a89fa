import { eventsOfUserBefore, type ListedEvent } from '#src/audit/events.sql.ts'
import { withPersonal } from '#src/audit/personal.ts'
import { everyPage } from '#src/http/cursor.ts'
import { rfc3339 } from '#src/platform/clock.ts'
import type { World } from '#src/world/world.ts'

/** An event as shown to its user: without details of other people. */
export type OwnEvent = {
  readonly id: string
  readonly at: string
  readonly event: string
  readonly by: 'you' | 'another_user' | 'verifier' | 'nobody' | 'cli' | 'system'
  readonly ip: string | null
  readonly details: Readonly<Record<string, unknown>>
}

/** All events that a user caused, or that are about the user, newest first, page by page. */
export async function* everyEventOf(world: World, userId: string): AsyncGenerator<OwnEvent[]> {
  const pages = everyPage(
    ({ place, limit }) => eventsOfUserBefore(world.db.query, { userId, ...place, max: limit + 1 }),
    ({ at, id }) => ({ at, id }),
  )
  for await (const page of pages) yield page.map((event) => ownEvent(world, userId, event))
}

function ownEvent(world: World, userId: string, listed: ListedEvent): OwnEvent {
  const { actor, target } = listed
  const isActor = actor.kind === 'user' && actor.id === userId
  const isTarget = target.kind === 'user' && target.id === userId
  const { at, event, address, details } = withPersonal(world, listed, {
    actorKey: isActor ? listed.actorKey : undefined,
    targetKey: isTarget ? listed.targetKey : undefined,
  })
  return {
    id: listed.id,
    at: rfc3339(at),
    event,
    by: isActor ? 'you' : actor.kind === 'user' ? 'another_user' : actor.kind,
    ip: isActor ? (address ?? null) : null,
    details: JSON.parse(details) as Record<string, unknown>,
  }
}
