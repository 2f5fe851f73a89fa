import assert from 'node:assert/strict'
import type { Administrator } from '#test/administration/administrator.ts'

type Named = { readonly kind: string; readonly id: string | null }

/** One line of the log, as an administrator is told it. */
export type ToldEvent = {
  readonly seq: number
  readonly at: string
  readonly event: string
  readonly actor: Named
  readonly target: Named
  readonly ip: string | null
  readonly request_id: string | null
  readonly details: Readonly<Record<string, unknown>>
  readonly hash: string
}

export type ToldPage = { readonly data: readonly ToldEvent[]; readonly next_cursor: string | null }

export async function toldPage(admin: Administrator, query: string): Promise<ToldPage> {
  const reply = await admin.call('GET', `/audit?${query}`)
  assert.equal(reply.status, 200, reply.text)
  return JSON.parse(reply.text) as ToldPage
}

export async function told(admin: Administrator, query: string): Promise<readonly ToldEvent[]> {
  return (await toldPage(admin, query)).data
}
