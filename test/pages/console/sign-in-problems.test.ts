import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signInProblems } from '#src/pages/console/users/sign-in-problems.ts'
import { readSettings } from '#src/settings/settings.ts'
import type { User } from '#src/users/user.ts'

const ann: User = {
  id: 'a',
  email: 'ann@example.org',
  emailVerifiedAt: undefined,
  username: undefined,
  fullName: undefined,
  passwordHash: '$hash',
  signature: 's',
  state: 'active',
  roles: [],
  secondFactors: [],
  hasPasskey: false,
  failedPasswords: 0,
  passwordMustChangeAt: undefined,
  passwordChangedAt: undefined,
  deletesAt: undefined,
  language: 'en',
  createdAt: 0,
  lastSignedInAt: undefined,
}

function settingsOf(env: Record<string, string>) {
  const read = readSettings(env, 'production')
  return read.kind === 'ok' ? read.settings : assert.fail(read.problems.join('\n'))
}

const settings = settingsOf({ SIGIL_PUBLIC_URL: 'https://auth.example.org' })
const strict = settingsOf({
  SIGIL_PUBLIC_URL: 'https://auth.example.org',
  SIGIL_EMAIL_VERIFICATION: 'required',
  SIGIL_SMTP_URL: 'smtps://smtp.example.org',
  SIGIL_MAIL_FROM: 'sigil@example.org',
})

test('the page of a user lists everything that keeps the user from signing in', () => {
  const of = (user: Partial<User>, with_ = settings, connections: unknown[] = []) =>
    signInProblems(with_, { user: { ...ann, ...user }, connections })
  assert.deepEqual(of({}), [])
  assert.deepEqual(of({ state: 'disabled', failedPasswords: 100 }), ['blocked_disabled', 'blocked_password'])
  assert.deepEqual(of({ failedPasswords: 99 }), [])
  assert.deepEqual(of({ deletesAt: 1 }), ['blocked_deleting'])
  assert.deepEqual(of({ passwordHash: undefined }), ['blocked_no_way'])
  assert.deepEqual(of({ passwordHash: undefined, hasPasskey: true }), [])
  assert.deepEqual(of({ passwordHash: undefined }, settings, [{}]), [])
  assert.deepEqual(of({ passwordHash: undefined, emailVerifiedAt: 1 }, strict), [])
  assert.deepEqual(of({}, strict), ['blocked_unverified'])
})
