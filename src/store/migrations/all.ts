import type { Migration } from '#src/store/migrate.ts'
import { migration as users } from '#src/store/migrations/0001-users.ts'
import { migration as sessions } from '#src/store/migrations/0002-sessions.ts'
import { migration as revocations } from '#src/store/migrations/0003-revocations.ts'
import { migration as keys } from '#src/store/migrations/0004-keys.ts'
import { migration as leaseholders } from '#src/store/migrations/0005-holders.ts'
import { migration as fullNameKeys } from '#src/store/migrations/0006-full-name-keys.ts'
import { migration as limits } from '#src/store/migrations/0007-limits.ts'
import { migration as audit } from '#src/store/migrations/0008-audit.ts'
import { migration as beats } from '#src/store/migrations/0009-beats.ts'
import { migration as moves } from '#src/store/migrations/0010-moves.ts'
import { migration as sessionsInUse } from '#src/store/migrations/0011-sessions-in-use.ts'

/** Every migration, in order. A released one is never edited: write the next. */
export const migrations: readonly Migration[] = [
  users,
  sessions,
  revocations,
  keys,
  leaseholders,
  fullNameKeys,
  limits,
  audit,
  beats,
  moves,
  sessionsInUse,
]
