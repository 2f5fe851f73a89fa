import type { Migration } from '#src/store/migrate.ts'
import { migration as users } from '#src/store/migrations/0001-users.ts'
import { migration as sessions } from '#src/store/migrations/0002-sessions.ts'
import { migration as revocations } from '#src/store/migrations/0003-revocations.ts'
import { migration as keys } from '#src/store/migrations/0004-keys.ts'
import { migration as limits } from '#src/store/migrations/0005-limits.ts'
import { migration as audit } from '#src/store/migrations/0006-audit.ts'
import { migration as outbox } from '#src/store/migrations/0007-outbox.ts'
import { migration as signInAttempts } from '#src/store/migrations/0008-sign-in-attempts.ts'
import { migration as totp } from '#src/store/migrations/0009-totp.ts'
import { migration as passkeys } from '#src/store/migrations/0010-passkeys.ts'
import { migration as emailCodes } from '#src/store/migrations/0011-email-codes.ts'
import { migration as apps } from '#src/store/migrations/0012-apps.ts'
import { migration as upstream } from '#src/store/migrations/0013-upstream.ts'
import { migration as setupLinks } from '#src/store/migrations/0014-setup-links.ts'
import { migration as appFlows } from '#src/store/migrations/0015-app-flows.ts'
import { migration as clients } from '#src/store/migrations/0016-clients.ts'
import { migration as proxySites } from '#src/store/migrations/0017-proxy-sites.ts'
import { migration as managedApps } from '#src/store/migrations/0018-managed-apps.ts'
import { migration as consoleLists } from '#src/store/migrations/0019-console.ts'
import { migration as deletion } from '#src/store/migrations/0020-deletion.ts'
import { migration as chosenSecondFactors } from '#src/store/migrations/0021-chosen-second-factors.ts'
import { migration as pairwiseGrants } from '#src/store/migrations/0023-pairwise-grants.ts'
import { migration as requestedClaims } from '#src/store/migrations/0026-requested-claims.ts'
import { migration as backupsAndSearch } from '#src/store/migrations/0027-backups-and-search.ts'
import { migration as appSites } from '#src/store/migrations/0028-app-sites.ts'
import { migration as largeTables } from '#src/store/migrations/0029-large-tables.ts'

/** All migrations, in order. A released migration is never edited: add the next one. */
export const migrations: readonly Migration[] = [
  users,
  sessions,
  revocations,
  keys,
  limits,
  audit,
  outbox,
  signInAttempts,
  totp,
  passkeys,
  emailCodes,
  apps,
  upstream,
  setupLinks,
  appFlows,
  clients,
  proxySites,
  managedApps,
  consoleLists,
  deletion,
  chosenSecondFactors,
  pairwiseGrants,
  requestedClaims,
  backupsAndSearch,
  appSites,
  largeTables,
]
