import { type Html, html } from '#src/http/html.ts'
import { badge } from '#src/pages/components/badge.ts'
import { choices } from '#src/pages/components/choices.ts'
import { emptyState } from '#src/pages/components/empty-state.ts'
import { pagination, withQuery } from '#src/pages/components/pagination.ts'
import { agoCell } from '#src/pages/console/times.ts'
import { type Column, table } from '#src/pages/table.ts'
import type { Texts } from '#src/pages/texts.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Role } from '#src/users/role.ts'
import type { User } from '#src/users/user.ts'

export type UserFilters = {
  readonly q: string | undefined
  readonly status: User['state'] | undefined
  readonly role: string | undefined
}

type Shown = {
  readonly users: readonly User[]
  readonly filters: UserFilters
  readonly roles: readonly Role[]
  readonly isFirst: boolean
  readonly nextCursor: string | null
  readonly now: Instant
}

export function usersContent(texts: Texts, shown: Shown): Html {
  const { users, filters, isFirst, nextCursor } = shown
  const path = withQuery('/admin/users', filters)
  return html`<div class="head"><h1>${texts.get('users')}</h1>
<div>${texts.get('download')} <a href="${withQuery('/admin/users.csv', filters)}" download>CSV</a></div></div>
${searchForm(texts, filters)}
<div class="filters">${statusChoices(texts, filters)}${roleChoices(texts, shown)}</div>
<section class="sheet">
${users.length === 0 ? emptyState(texts.get('no_users')) : list(texts, shown)}
${pagination(texts, { path, isFirst, nextCursor })}
</section>`
}

function searchForm(texts: Texts, { q, status, role }: UserFilters): Html {
  const kept = Object.entries({ status, role }).map(
    ([name, value]) => value && html`<input type="hidden" name="${name}" value="${value}">`,
  )
  return html`<div class="filters"><form action="/admin/users" role="search">${kept}
<label class="unseen" for="q">${texts.get('search_users')}</label>
<input id="q" name="q" type="search" value="${q ?? ''}" placeholder="${texts.get('search_users')}"
 autocomplete="off" spellcheck="false"><button>${texts.get('search')}</button></form></div>`
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
  const names = [undefined, ...new Set([...roles.map(({ name }) => name), ...(role ? [role] : [])])]
  const all = names.map((name) => ({
    path: withQuery('/admin/users', { q, status, role: name }),
    label: name ?? texts.get('role_any'),
    isCurrent: name === role,
  }))
  return choices(texts.get('roles_page'), all)
}

function list(texts: Texts, { users, now }: Shown): Html {
  const columns: Column<User>[] = [
    { label: texts.get('user'), part: 'headline', cell: (user) => identity(user) },
    { label: texts.get('status'), cell: (user) => statusBadge(texts, user) },
    { label: texts.get('roles_page'), part: 'detail', cell: (user) => user.roles.join(', ') },
    { label: texts.get('last_sign_in'), cell: (user) => lastSignIn(texts, user, now) },
    { label: texts.get('created'), part: 'detail', cell: (user) => agoCell(texts, user.createdAt, now) },
  ]
  return table(texts.get('users'), columns, users)
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
  return lastSignedInAt === undefined ? texts.get('never') : agoCell(texts, lastSignedInAt, now)
}
