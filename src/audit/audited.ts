import type { Actor } from '#src/audit/by.ts'
import type { EventName } from '#src/audit/events.ts'
import type { MacKey } from '#src/keys/key.ts'
import { macOf } from '#src/keys/key-ring.ts'
import type { Instant } from '#src/platform/clock.ts'

/** What something happened to. */
export type Target =
  | { readonly kind: 'user' | 'session' | 'role' | 'verifier' | 'key'; readonly id: string }
  | { readonly kind: 'none' }

/** Facts in plain values, before and after where something changed. Never a secret. */
export type Details = { readonly [name: string]: Detail }
type Detail = string | number | null | undefined | readonly string[] | Details

/** One line of the log, without its place in the chain. */
export type Entry = {
  readonly at: Instant
  readonly event: EventName
  readonly actor: Actor
  readonly target: Target
  readonly address: string | undefined
  readonly requestId: string | undefined
  /** JSON, as it is stored: what is hashed must be what is read. */
  readonly details: string
}

/** One line of the log. Its hash covers all of it and the hash of the line before. */
export type Audited = Entry & {
  readonly seq: number
  readonly keyId: string
  readonly previousHash: string
  readonly hash: string
}

/** The end of the chain. Its MAC says that no later line was cut off. */
export type Head = {
  readonly seq: number
  readonly hash: string
  readonly keyId: string
  readonly mac: string
}

/**
 * A keyed hash (RFC 2104): whoever can write the database, but does not have the master key, can change a
 * line and not make the chain fit again. As a JSON array no two different lines are the same text.
 */
export function hashOf(key: MacKey, { actor, target, ...line }: Omit<Audited, 'hash'>): string {
  const fields = [
    line.seq,
    line.at,
    line.event,
    actor.kind,
    actor.kind === 'user' ? actor.id : null,
    target.kind,
    target.kind === 'none' ? null : target.id,
    line.address ?? null,
    line.requestId ?? null,
    line.details,
    line.keyId,
    line.previousHash,
  ]
  return macOf(key, `audit_event:${JSON.stringify(fields)}`)
}

export function headMacOf(key: MacKey, { seq, hash }: { seq: number; hash: string }): string {
  return macOf(key, `audit_head:${seq}:${hash}`)
}
