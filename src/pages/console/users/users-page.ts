import { type Html, html } from '#src/http/html.ts'
import { badge } from '#src/pages/components/badge.ts'
import { choices } from '#src/pages/components/choices.ts'
import { emptyState } from '#src/pages/components/empty-state.ts'
import { pagination, withQuery } from '#src/pages/components/pagination.ts'
import { searchForm } from '#src/pages/components/search-form.ts'
import { timeAgo } from '#src/pages/components/time.ts'
import { pickColumn } from '#src/pages/console/chosen.ts'
import { bulkActions } from '#src/pages/console/users/bulk.ts'
import { type Column, table } from '#src/pages/table.ts'
import type { Texts } from '#src/pages/texts.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { User } from '#src/users/user.ts'

export type UserFilters = {
  readonly q: string | undefined
  readonly status: User['state'] | undefined
  readonly role: string | undefined
}

type Shown = {
  readonly users: readonly User[]
  readonly filters: UserFilters
  /** Whether only those are shown whose email or name is or begins with what was searched for. */
  readonly isQuick: boolean
  /** Set where the text is searched for as a part. */
  readonly parts: 'yes' | undefined
  readonly roles: readonly string[]
  readonly mayChange: boolean
  readonly isFirst: boolean
  readonly nextCursor: string | null
  readonly now: Instant
}

export function usersContent(texts: Texts, shown: Shown): Html {
  const { users, filters, isQuick, isFirst, nextCursor } = shown
  const parts = withQuery('/admin/users', { ...filters, parts: 'yes' })
  const path = withQuery('/admin/users', { ...filters, parts: shown.parts })
  const download = (type: string) => withQuery(`/admin/users.${type}`, filters)
  return html`<div class="head"><h1>${texts.get('users')}</h1>
<div>${texts.get('download')} <a href="${download('csv')}" download>CSV</a> ·
<a href="${download('jsonl')}" download>JSON Lines</a></div></div>
${searchForm(texts, { path: '/admin/users', label: texts.get('search_users'), filters })}
<div class="filters">${statusChoices(texts, filters)}${roleChoices(texts, shown)}</div>
<section class="sheet">
${users.length === 0 ? emptyState(texts.get('no_users')) : list(texts, shown)}
${isQuick && html`<p class="hint"><a href="${parts}">${texts.get('search_parts')}</a></p>`}
${pagination(texts, { path, isFirst, nextCursor })}
</section>`
}

function statusChoices(texts: Texts, { status, q, role }: UserFilters): Html {
  const states = [undefined, 'active', 'disabled'] as const
  const all = states.map((state) => ({
    path: withQuery('/admin/users', { q, role, status: state }),
    label: texts.get(state === undefined ? 'status_any' : `status_${state}`),
    isCurrent: state === status,
  }))
  return choices(texts.get('status'), all)
}

function roleChoices(texts: Texts, { roles, filters: { q, status, role } }: Shown): Html {
  const names = [undefined, ...new Set([...roles, ...(role ? [role] : [])])]
  const all = names.map((name) => ({
    path: withQuery('/admin/users', { q, status, role: name }),
    label: name ?? texts.get('role_any'),
    isCurrent: name === role,
  }))
  return choices(texts.get('roles_page'), all)
}

function list(texts: Texts, { users, mayChange, now }: Shown): Html {
  const columns = [
    ...userColumns(texts, now),
    {
      label: texts.get('created'),
      part: 'detail',
      cell: (user: User) => timeAgo(texts, user.createdAt, now),
    } as const,
  ]
  if (!mayChange) return table(texts.get('users'), columns, users)
  const pick = pickColumn<User>(texts, { idOf: ({ id }) => id, nameOf: ({ email }) => email })
  const buttons = bulkActions.map(
    (action) => html`<button name="action" value="${action}">${texts.get(`bulk_${action}`)}</button>`,
  )
  return html`<form action="/admin/users/bulk">${table(texts.get('users'), [pick, ...columns], users)}
<div class="buttons bulk"><span>${texts.get('chosen_users')}</span>${buttons}</div></form>`
}

export function userColumns(texts: Texts, now: Instant): Column<User>[] {
  return [
    { label: texts.get('user'), part: 'headline', cell: (user) => identity(user) },
    { label: texts.get('status'), cell: (user) => statusBadge(texts, user) },
    { label: texts.get('roles_page'), part: 'detail', cell: (user) => user.roles.join(', ') },
    { label: texts.get('last_sign_in'), cell: (user) => lastSignIn(texts, user, now) },
  ]
}

function identity(user: User): Html {
  const name = user.fullName ?? user.username
  const link = html`<a href="/admin/users/${user.id}">${name ?? user.email}</a>`
  return name === undefined ? link : html`${link}<span class="claim">${user.email}</span>`
}

export function statusBadge(texts: Texts, { state }: Pick<User, 'state'>): Html {
  return badge(state === 'active' ? 'good' : 'bad', texts.get(`status_${state}`))
}

export function lastSignIn(texts: Texts, { lastSignedInAt }: User, now: Instant): Html | string {
  return lastSignedInAt === undefined ? texts.get('never') : timeAgo(texts, lastSignedInAt, now)
}
