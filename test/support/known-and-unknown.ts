import { newAuthenticator } from '#test/support/authenticator.ts'
import { browserAt, clientAt, type Reply } from '#test/support/client.ts'
import { optionsIn } from '#test/support/passkeys.ts'
import { goodPassword, newEmail, signUp } from '#test/support/people.ts'

/** Calls that must get the same response: for a person with an account, and for two without one. */
export type Flow = {
  readonly name: string
  readonly known: () => Promise<Reply>
  readonly unknown: () => Promise<Reply>
  readonly other: () => Promise<Reply>
}

type By = (email: string) => Promise<Reply>

/**
 * Every call that takes an email from a visitor, on a server that verifies emails first. `verified` creates a
 * person with a verified email.
 */
export async function flowsAt(url: string, verified: () => Promise<{ email: string }>): Promise<Flow[]> {
  const client = clientAt(url)
  const { email } = await verified()
  // The message to the owner of a taken email replaces the previous one, so each kind of sign-up has its own
  // owner.
  const { email: other } = await verified()
  const unverified = newEmail()
  await signUp(client, { email: unverified, password: goodPassword })
  const [nobody, somebodyElse] = [newEmail(), newEmail()]
  for (const path of ['code', 'forgot', 'verify_email/send'])
    for (const to of [email, nobody, somebodyElse]) await client.post(`/api/v1/auth/${path}`, { email: to })
  const both = (name: string, by: By): Flow => ({
    name,
    known: () => by(email),
    unknown: () => by(nobody),
    other: () => by(somebodyElse),
  })
  const post = (path: string, more: Record<string, unknown> = {}): By => {
    return (to) => client.post(`/api/v1/auth/${path}`, { email: to, ...more })
  }
  const wrongPassword = { password: 'not the password 77' }
  return [
    both('sign-in with a wrong password', post('signin', wrongPassword)),
    both('a message to set a new password', post('forgot')),
    both('a message to sign in with', post('code')),
    both('a sign-in with a wrong code', post('code/signin', { code: 'none' })),
    both('a reset with a wrong code', post('reset', { code: 'none', password: goodPassword })),
    both('a verification with a wrong code', post('verify_email', { code: 'none' })),
    {
      ...both('a message to verify an email', post('verify_email/send')),
      known: () => post('verify_email/send')(unverified),
    },
    both('options to sign in with a passkey', (login) =>
      client.post('/api/v1/auth/passkey/options', { login }),
    ),
    both('options to sign up with a passkey', post('signup/passkey/options')),
    signingUp('sign-up with a password', email, (to) =>
      signUp(client, { email: to, password: goodPassword }),
    ),
    signingUp('sign-up with a passkey', other, (to) => signUpByPasskey(url, to)),
  ]
}

/** An address that signs up is known from then on. */
function signingUp(name: string, known: string, by: By): Flow {
  return { name, known: () => by(known), unknown: () => by(newEmail()), other: () => by(newEmail()) }
}

async function signUpByPasskey(url: string, email: string): Promise<Reply> {
  const browser = browserAt(url)
  const path = '/api/v1/auth/signup/passkey'
  const options = optionsIn(await browser.post(`${path}/options`, { email }))
  return browser.post(path, { email, response: newAuthenticator(url).create(options) })
}
