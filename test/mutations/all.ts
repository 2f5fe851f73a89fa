import type { Mutation } from '#test/mutations/mutation.ts'
import { ofBackups } from '#test/mutations/of-backups.ts'
import { ofBytesAndRaces } from '#test/mutations/of-bytes-and-races.ts'
import { ofDoubt } from '#test/mutations/of-doubt.ts'
import { ofRevocation } from '#test/mutations/of-revocation.ts'
import { ofSecretsAndCrashes } from '#test/mutations/of-secrets-and-crashes.ts'
import { ofTheWire } from '#test/mutations/of-the-wire.ts'

/** In the order of docs/operating/security.md. */
export const mutations: readonly Mutation[] = [
  ...ofBytesAndRaces,
  ...ofRevocation,
  ...ofDoubt,
  ...ofTheWire,
  ...ofSecretsAndCrashes,
  ...ofBackups,
]
