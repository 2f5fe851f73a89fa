import { appFlows } from '#test/mutations/app-flows.ts'
import { attempts } from '#test/mutations/attempts.ts'
import { factors } from '#test/mutations/factors.ts'
import { failClosed } from '#test/mutations/fail-closed.ts'
import { grants } from '#test/mutations/grants.ts'
import { hosts } from '#test/mutations/hosts.ts'
import type { Mutation } from '#test/mutations/mutation.ts'
import { oneWinner } from '#test/mutations/one-winner.ts'
import { records } from '#test/mutations/records.ts'
import { revocation } from '#test/mutations/revocation.ts'
import { secrets } from '#test/mutations/secrets.ts'

export const mutations: readonly Mutation[] = [
  ...hosts,
  ...oneWinner,
  ...appFlows,
  ...factors,
  ...attempts,
  ...revocation,
  ...grants,
  ...failClosed,
  ...records,
  ...secrets,
]
