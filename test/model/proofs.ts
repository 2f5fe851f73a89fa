import assert from 'node:assert/strict'
import type { ErrorCode } from '#src/errors/error-codes.ts'
import type { Kind } from '#test/model/factor-model.ts'
import type { User } from '#test/model/model.ts'
import type { Person, Real } from '#test/model/real.ts'
import type { Reply } from '#test/support/client.ts'
import { optionsIn } from '#test/support/passkeys.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { codeAt, wrongCodeAt } from '#test/support/totp.ts'

export const kinds = ['totp', 'passkey', 'recovery_code'] as const

type Presenting = {
  readonly kind: Kind
  readonly isRight: boolean
  readonly options: Reply | undefined
  readonly now: number
}

/** The proof of a factor as a user sends it who has these codes and keys. */
export function proofOf(
  { secret, codes, authenticator }: Person['things'],
  { kind, isRight, options, now }: Presenting,
): Record<string, unknown> {
  if (kind === 'totp') {
    if (secret === undefined) return { code: '000000' }
    return { code: isRight ? codeAt(secret, now) : wrongCodeAt(secret, now) }
  }
  if (kind === 'recovery_code') return { code: (isRight && codes[0]) || 'AAAA-AAAA-AAAA' }
  return { response: isRight && options && authenticator ? authenticator.get(optionsIn(options)) : {} }
}

export function personOf({ people }: Real, user: User): Person {
  return people.find((person) => person.user === user) ?? assert.fail()
}

export function assertOutcome(reply: Reply, refused: ErrorCode | undefined, status: number): void {
  if (refused) assertRefused(reply, refused)
  else assert.equal(reply.status, status, reply.text)
}
