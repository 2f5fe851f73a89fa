import { failClosed } from '#test/mutations/fail-closed.ts'
import type { Mutation } from '#test/mutations/mutation.ts'
import { oneWinner } from '#test/mutations/one-winner.ts'
import { revocation } from '#test/mutations/revocation.ts'
import { secrets } from '#test/mutations/secrets.ts'

export const mutations: readonly Mutation[] = [...oneWinner, ...revocation, ...failClosed, ...secrets]
