import type { Migration } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'

/**
 * `outbox_readers` stores how far each reader has read the audit log. A delivery is due until it is sent or
 * given up; `key` is its idempotency key, and `payload` is sealed.
 */
export const migration: Migration = {
  id: '0007-outbox',
  statements: [
    sql`create table outbox_readers (
      name text primary key,
      cursor bigint not null
    )`,
    sql`create table outbox_deliveries (
      id text primary key,
      key text not null unique,
      reader text,
      event_seq bigint,
      kind text not null,
      recipient text not null,
      payload text not null,
      state text not null check (state in ('due', 'sent', 'dead')),
      attempts bigint not null,
      next_attempt_at bigint not null,
      expires_at bigint not null,
      created_at bigint not null,
      finished_at bigint,
      last_error text,
      check ((state = 'due') = (finished_at is null))
    )`,
    sql`create index due_outbox_deliveries on outbox_deliveries (next_attempt_at, id) where state = 'due'`,
    sql`create index finished_outbox_deliveries on outbox_deliveries (finished_at) where state <> 'due'`,
  ],
}
