import assert from 'node:assert/strict'
import type { Client, Reply } from '#test/support/client.ts'
import { goodPassword, newEmail } from '#test/support/people.ts'

/** Submits a form like a browser without scripts. */
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

/** Asserts that a page was returned, with this status. */
export function assertPage(reply: Reply, status: number): void {
  assert.equal(reply.status, status, reply.text)
  assert.equal(reply.headers['content-type'], 'text/html; charset=utf-8')
}

/** Asserts that a form was accepted: the response redirects. */
export function assertLeads(reply: Reply, location: string): void {
  assert.equal(reply.status, 303, reply.text)
  assert.equal(reply.headers.location, location)
}

type Person = { readonly email?: string; readonly username?: string; readonly full_name?: string }

/** Signs up a new user in this browser, who is then signed in, and sets the names that are given. */
export async function arrivedOnPage(browser: Client, person: Person = {}): Promise<string> {
  const { email = newEmail(), username = '', full_name = '' } = person
  assertLeads(await sendForm(browser, '/sign-up', { email, password: goodPassword }), '/account')
  if (username !== '' || full_name !== '')
    assertLeads(await sendForm(browser, '/account/profile', { username, full_name }), '/account/profile')
  return email
}

export async function signedInOnPage(browser: Client, login: string): Promise<void> {
  assertLeads(await sendForm(browser, '/sign-in', { login, password: goodPassword }), '/account')
}

/** The ids of the sessions that can be ended on the account page, in order. */
export function sessionIdsIn({ text }: Reply): string[] {
  return [...text.matchAll(/action="\/account\/sessions\/([\w-]{22})\/end"/g)].map(([, id]) => id ?? '')
}
