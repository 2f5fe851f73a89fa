import { actorIdOf } from '#src/audit/audit-event.ts'
import type { ShownEvent } from '#src/audit/list-audit.ts'
import { eventOnWire } from '#src/audit/on-wire.ts'
import { type Html, html } from '#src/http/html.ts'
import { badge } from '#src/pages/components/badge.ts'
import { timeAgo } from '#src/pages/components/time.ts'
import { type Column, table } from '#src/pages/table.ts'
import type { Texts } from '#src/pages/texts.ts'
import type { Instant } from '#src/platform/clock.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

type About = { readonly emails: ReadonlyMap<string, string>; readonly now: Instant }

/** The emails of the users whom events name, by id. Deleted users have none. */
export async function emailsIn(
  { db }: World,
  events: readonly ShownEvent[],
): Promise<ReadonlyMap<string, string>> {
  const named = events.flatMap(({ actor, target }) => [
    ...(actor.kind === 'user' ? [actor.id] : []),
    ...(target.kind === 'user' ? [target.id] : []),
  ])
  const emails = new Map<string, string>()
  for (const id of new Set(named)) {
    const user = await findUser(db.query, id)
    if (user) emails.set(id, user.email)
  }
  return emails
}

export function eventsTable(texts: Texts, events: readonly ShownEvent[], { emails, now }: About): Html {
  const columns: Column<ShownEvent>[] = [
    {
      label: texts.get('event'),
      part: 'headline',
      cell: (event) =>
        html`<a href="/admin/audit/${event.id}"><code>${event.event}</code></a>${roleIn(event)}`,
    },
    { label: texts.get('actor'), cell: (event) => actorCell(texts, event, emails) },
    { label: texts.get('target'), cell: (event) => targetCell(texts, event, emails) },
    {
      label: texts.get('ip_address'),
      part: 'detail',
      cell: ({ address }) => html`<span class="address">${address ?? ''}</span>`,
    },
    { label: texts.get('time'), cell: ({ at }) => timeAgo(texts, at, now) },
  ]
  return table(texts.get('audit'), columns, events)
}

/** Which role was granted or revoked: without it, the rows of such events all look the same. */
function roleIn(event: ShownEvent): Html | undefined {
  const { role } = eventOnWire(event).details
  return typeof role === 'string' ? html` ${badge('neutral', role)}` : undefined
}

export function actorCell(texts: Texts, event: ShownEvent, emails: About['emails']): Html | string {
  const { kind } = event.actor
  const id = actorIdOf(event.actor)
  if (kind === 'user' && id !== null) return userLink(id, emails)
  return id === null ? texts.get(`actor_${kind}`) : html`${texts.get(`actor_${kind}`)} ${id}`
}

export function targetCell(texts: Texts, event: ShownEvent, emails: About['emails']): Html | string {
  const { target } = event
  if (target.kind === 'none') return '–'
  if (target.kind === 'user') return userLink(target.id, emails)
  return html`${texts.get(`target_${target.kind}`)} <code>${target.id}</code>`
}

function userLink(id: string, emails: About['emails']): Html {
  const email = emails.get(id)
  return email === undefined ? html`<code>${id}</code>` : html`<a href="/admin/users/${id}">${email}</a>`
}
