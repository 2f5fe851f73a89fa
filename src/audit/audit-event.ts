import type { Actor } from '#src/audit/by.ts'
import type { EventName } from '#src/audit/events.ts'
import type { MacKey } from '#src/keys/key.ts'
import { macOf } from '#src/keys/key-ring.ts'
import type { Instant } from '#src/platform/clock.ts'

/** The target of an event. */
export type Target =
  | {
      readonly kind: 'user' | 'session' | 'role' | 'verifier' | 'key' | 'app' | 'api' | 'grant'
      readonly id: string
    }
  | { readonly kind: 'none' }

/** Facts in plain values, before and after where something changed. Never a secret. */
export type Details = { readonly [name: string]: Detail }
type Detail = string | number | null | undefined | readonly string[] | Details

/** An event as it is stored, without what the sealer adds. */
export type AuditEvent = {
  readonly id: string
  readonly at: Instant
  readonly event: EventName
  readonly actor: Actor
  readonly target: Target
  readonly address: string | undefined
  readonly requestId: string | undefined
  /** JSON, as it is stored: the authenticated bytes must be the bytes that are read. */
  readonly details: string
  /** Personal details, encrypted under the key of the acting user. */
  readonly actorPersonal: string | undefined
  /** Personal details, encrypted under the key of the user whom the event is about. */
  readonly targetPersonal: string | undefined
  readonly keyId: string
  /** Authenticates everything above, beginning with the insert. */
  readonly mac: string
}

/** An event in the hash chain. */
export type SealedEvent = AuditEvent & Place

/** The number of an event, and a hash that covers it and, through the previous hash, all events before. */
export type Place = { readonly seq: number; readonly segment: number; readonly hash: string }

/**
 * A keyed hash (RFC 2104): an attacker who can write to the database but does not have the master key can
 * neither change nor forge an event. As JSON arrays, different events never have the same text.
 */
export function eventMacOf(key: MacKey, event: Omit<AuditEvent, 'mac' | 'keyId'>): string {
  const fields = [
    event.id,
    event.at,
    event.event,
    event.actor.kind,
    actorIdOf(event.actor),
    event.target.kind,
    targetIdOf(event.target),
    event.address ?? null,
    event.requestId ?? null,
    event.details,
    event.actorPersonal ?? null,
    event.targetPersonal ?? null,
    key.id,
  ]
  return macOf(key, `audit_event:${JSON.stringify(fields)}`)
}

export function actorIdOf(actor: Actor): string | null {
  return 'id' in actor ? actor.id : null
}

export function targetIdOf(target: Target): string | null {
  return 'id' in target ? target.id : null
}
