import assert from 'node:assert/strict'
import { test } from 'node:test'
import { factorTraits, furtherKinds, listedKinds, secondFactorsOf } from '#src/users/factor.ts'

const everything = {
  hasTotp: true,
  hasPasskey: true,
  hasCodes: true,
  chosen: ['passkey', 'email_code'],
} as const

test('a user with every second factor is required to prove any of them, in the order of the pages', () => {
  assert.deepEqual(secondFactorsOf(everything), [...listedKinds, 'recovery_code'])
})

test('a user without second factors is required to prove none, even with a passkey', () => {
  const nothing = { hasTotp: false, hasPasskey: true, hasCodes: true, chosen: [] }
  assert.deepEqual(secondFactorsOf(nothing), [])
})

test('every second factor can be proven again by an identified user', () => {
  const provable: readonly string[] = furtherKinds
  assert.deepEqual(
    listedKinds.filter((kind) => !provable.includes(kind) || !(kind in factorTraits)),
    [],
  )
})
