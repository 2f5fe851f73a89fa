import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setPasswordOf } from '#src/accounts/set-password.ts'
import { byCli } from '#src/audit/by.ts'
import { count } from '#src/limits/count.ts'
import { policies } from '#src/limits/policies.ts'
import { signInProblems } from '#src/pages/console/users/sign-in-problems.ts'
import { readSettings } from '#src/settings/settings.ts'
import type { User } from '#src/users/user.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { signedInOnPage } from '#test/support/forms.ts'
import { goodPassword, personWithRoles, signedUp } from '#test/support/people.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

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

const noWaits = { passwordMs: undefined, codeMs: undefined }

type More = Partial<Omit<Parameters<typeof signInProblems>[1], 'user'>>

function problemsOf(user: Partial<User>, given = settings, more: More = {}) {
  const ways = { user: { ...ann, ...user }, connections: [], recoveryCodesLeft: 0, waits: noWaits, ...more }
  return signInProblems(given, ways)
}

test('the page of a user lists everything that keeps the user from signing in', () => {
  const of = (...asked: Parameters<typeof problemsOf>) => problemsOf(...asked).blocking.map(({ key }) => key)
  assert.deepEqual(of({}), [])
  assert.deepEqual(of({ state: 'disabled', failedPasswords: 100 }), ['blocked_disabled', 'blocked_password'])
  assert.deepEqual(of({ failedPasswords: 99 }), [])
  assert.deepEqual(of({ deletesAt: 1 }), ['blocked_deleting'])
  assert.deepEqual(of({ passwordHash: undefined }), ['blocked_no_way'])
  assert.deepEqual(of({ passwordHash: undefined, hasPasskey: true }), [])
  assert.deepEqual(of({ passwordHash: undefined }, settings, { connections: [{}] }), [])
  assert.deepEqual(of({ passwordHash: undefined, emailVerifiedAt: 1 }, strict), [])
  assert.deepEqual(of({}, strict), ['blocked_unverified'])
  const waits = { passwordMs: 61_000, codeMs: 1 }
  assert.deepEqual(of({}, settings, { waits }), ['blocked_attempts', 'blocked_codes'])
})

test('the page of a user lists what a sign-in needs besides the password', () => {
  const of = (...asked: Parameters<typeof problemsOf>) => problemsOf(...asked).further.map(({ key }) => key)
  assert.deepEqual(of({}), [])
  assert.deepEqual(of({ passwordMustChangeAt: 1 }), ['further_new_password'])
  assert.deepEqual(of({ secondFactors: ['totp'] }), ['further_factor'])
  assert.deepEqual(of({ secondFactors: ['totp', 'recovery_code'] }, settings, { recoveryCodesLeft: 3 }), [
    'further_factor_or_code',
  ])
})

const limited = { SIGIL_RATE_LIMITS: 'on' }

onBothEngines('the page of a user', (engine) => {
  const server = serverForSuite(engine, limited)

  async function visit() {
    const { url, world } = server()
    const client = clientAt(url)
    const admin = await personWithRoles(world, ['default_user', 'admin'])
    const browser = browserAt(url)
    await signedInOnPage(browser, admin.email)
    const person = await signedUp(client)
    const boxes = async () => (await browser.get(`/admin/users/${person.id}`)).text
    return { client, world, person, boxes }
  }

  test('the page of a user reports too many wrong passwords, and looking at it uses up none', async () => {
    const { world, person, boxes } = await visit()
    assert.doesNotMatch(await boxes(), /This user cannot sign in/)
    const subject = { policy: policies.login, of: person.email }
    for (let wrong = 0; wrong < policies.login.quota; wrong++) {
      assert.equal((await count(world, subject)).kind, 'counted')
      assert.equal((await boxes()).includes('Too many wrong passwords.'), wrong === policies.login.quota - 1)
    }
    assert.match(await boxes(), /This user cannot sign in.*New browsers can try again in 1 minute;/s)
  })

  test('the page of a user reports too many wrong codes', async () => {
    const { world, person, boxes } = await visit()
    const subject = { policy: policies.second_factor, of: person.id }
    for (let wrong = 0; wrong < policies.second_factor.quota; wrong++) await count(world, subject)
    assert.match(await boxes(), /Too many wrong codes. The next one is checked in 3 minutes\./)
  })

  test('the page of a user reports a password that must be replaced', async () => {
    const { world, person, boxes } = await visit()
    const setting = { userId: person.id, password: goodPassword, mustChange: true, address: '', by: byCli }
    await setPasswordOf(world, setting)
    assert.match(await boxes(), /A password alone does not sign this user in.*asks for a new password/s)
  })
})
