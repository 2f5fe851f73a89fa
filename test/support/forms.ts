import assert from 'node:assert/strict'
import type { Client, Reply } from '#test/support/client.ts'
import { goodPassword, newEmail } from '#test/support/people.ts'

/** Sends a form as a browser without scripts does. */
export function sendForm(
  browser: Client,
  path: string,
  fields: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<Reply> {
  return browser.send('POST', path, {
    raw: new URLSearchParams(fields).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  })
}

/** A page that was shown: its status is the expected one and it is HTML. */
export function assertPage(reply: Reply, status: number): void {
  assert.equal(reply.status, status, reply.text)
  assert.equal(reply.headers['content-type'], 'text/html; charset=utf-8')
}

/** A form that was accepted leads somewhere else. */
export function assertLeads(reply: Reply, location: string): void {
  assert.equal(reply.status, 303, reply.text)
  assert.equal(reply.headers.location, location)
}

/** Somebody new, signed up in this browser and so signed in. */
export async function arrivedOnPage(browser: Client, more: Record<string, string> = {}): Promise<string> {
  const email = more.email ?? newEmail()
  const reply = await sendForm(browser, '/sign-up', {
    email,
    password: goodPassword,
    repeat_password: goodPassword,
    ...more,
  })
  assertLeads(reply, '/account')
  return email
}

export async function signedInOnPage(browser: Client, login: string): Promise<void> {
  assertLeads(await sendForm(browser, '/sign-in', { login, password: goodPassword }), '/account')
}

/** The ids of the sessions that the account page offers to end, in its order. */
export function sessionIdsIn({ text }: Reply): string[] {
  return [...text.matchAll(/action="\/account\/sessions\/([\w-]{22})\/end"/g)].map(([, id]) => id ?? '')
}
