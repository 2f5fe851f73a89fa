import type { ConnectedApp } from '#src/apps/connected.sql.ts'
import type { ShownEvent } from '#src/audit/list-audit.ts'
import { type Html, html } from '#src/http/html.ts'
import { deviceCell } from '#src/pages/account/devices.ts'
import { historyList } from '#src/pages/account/history-list.ts'
import { badge } from '#src/pages/components/badge.ts'
import { emptyState } from '#src/pages/components/empty-state.ts'
import { factList } from '#src/pages/components/fact-list.ts'
import { setting } from '#src/pages/components/setting.ts'
import { timeAgo } from '#src/pages/components/time.ts'
import { appPath } from '#src/pages/console/apps/app-path.ts'
import { eventsTable } from '#src/pages/console/events-table.ts'
import { type SignInProblems, signInProblemsBox } from '#src/pages/console/users/sign-in-problems.ts'
import { actionsSection } from '#src/pages/console/users/user-actions-section.ts'
import { type ShownFactors, signInSection } from '#src/pages/console/users/user-factors.ts'
import { lastSignIn, statusBadge } from '#src/pages/console/users/users-page.ts'
import { type Column, table } from '#src/pages/table.ts'
import type { Texts } from '#src/pages/texts.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { SignIn } from '#src/sessions/history.ts'
import { sessionOnWire, signInOnWire } from '#src/sessions/on-wire.ts'
import type { Session } from '#src/sessions/session.ts'
import type { Grant } from '#src/users/role.ts'
import type { User } from '#src/users/user.ts'

export type ShownUser = ShownFactors & {
  readonly problems: SignInProblems
  readonly sessions: readonly Session[]
  readonly hasMoreSessions: boolean
  readonly signIns: readonly SignIn[]
  readonly grants: readonly Grant[]
  readonly roles: readonly string[]
  readonly apps: readonly ConnectedApp[]
  /** Undefined for a visitor who may not read the audit log. */
  readonly events: readonly ShownEvent[] | undefined
  readonly emails: ReadonlyMap<string, string>
}

/** Everything about one user, and the actions. */
export function userContent(texts: Texts, shown: ShownUser): Html {
  const { user, signIns, mayChange } = shown
  return html`<p class="crumbs"><a href="/admin/users">${texts.get('users')}</a></p>
<div class="head"><h1>${user.fullName ?? user.username ?? user.email}</h1>
${statusBadge(texts, user)}</div>
${signInProblemsBox(texts, shown.problems)}
${profile(texts, shown)}
${signInSection(texts, shown)}
${sessionsSection(texts, shown)}
${rolesSection(texts, shown)}
${appsSection(texts, shown)}
<section class="sheet"><h2>${texts.get('activity')}</h2>
${
  signIns.length === 0 ? emptyState(texts.get('no_sign_ins')) : historyList(texts, signIns.map(signInOnWire))
}</section>
${eventsSection(texts, shown)}
${mayChange && actionsSection(texts, user)}`
}

function profile(texts: Texts, { user, now }: ShownUser): Html {
  const isVerified = user.emailVerifiedAt !== undefined
  const state = badge(isVerified ? 'good' : 'warn', texts.get(isVerified ? 'verified' : 'not_verified'))
  const none = html`<span class="muted">${texts.get('not_set')}</span>`
  return html`<section class="sheet"><h2>${texts.get('profile')}</h2>
${factList([
  [texts.get('email'), html`${user.email} ${state}`],
  [texts.get('username'), user.username ?? none],
  [texts.get('user_id'), html`<code>${user.id}</code>`],
  [texts.get('last_sign_in'), lastSignIn(texts, user, now)],
  [texts.get('created'), timeAgo(texts, user.createdAt, now)],
  [texts.get('failed_passwords'), texts.number(user.failedPasswords)],
  ...deletion(texts, user, now),
])}</section>`
}

/** A user who has deleted the account and can still restore it. */
function deletion(texts: Texts, { deletesAt }: User, now: Instant): [string, Html][] {
  return deletesAt === undefined ? [] : [[texts.get('will_be_deleted'), timeAgo(texts, deletesAt, now)]]
}

function rolesSection(texts: Texts, { user, grants, roles, mayChange }: ShownUser): Html {
  const rows = grants.map(({ role, description }) => {
    const path = `/admin/users/${user.id}/roles/${role}/revoke`
    const label = texts.get('revoke_role_named', { role })
    const link = html`<a class="button small" href="${path}" aria-label="${label}">${texts.get('revoke')}</a>`
    return setting(html`<code>${role}</code>`, description, mayChange && link)
  })
  const held = new Set(grants.map(({ role }) => role))
  const free = roles.filter((name) => !held.has(name))
  const form = html`<form class="inline" method="post" action="/admin/users/${user.id}/roles">
<label class="unseen" for="role">${texts.get('role')}</label>
<select id="role" name="role">${free.map((name) => html`<option>${name}</option>`)}</select>
<button class="small">${texts.get('grant')}</button></form>`
  return html`<section class="sheet"><h2>${texts.get('roles_page')}</h2>
${rows}
${mayChange && free.length > 0 && setting(texts.get('grant_role'), texts.get('grant_role_hint'), form)}
</section>`
}

function sessionsSection(texts: Texts, shown: ShownUser): Html {
  const { user, sessions, hasMoreSessions, mayChange, now } = shown
  const columns: Column<Session>[] = [
    {
      label: texts.get('device'),
      part: 'headline',
      cell: (session) => deviceCell(texts, sessionOnWire(session, undefined)),
    },
    {
      label: texts.get('ip_address'),
      cell: ({ client }) => html`<span class="address">${client.address}</span>`,
    },
    {
      label: texts.get('signed_in_at'),
      part: 'detail',
      cell: ({ createdAt }) => timeAgo(texts, createdAt, now),
    },
    { label: texts.get('last_used_at'), cell: ({ rotatedAt }) => timeAgo(texts, rotatedAt, now) },
    {
      label: texts.get('action'),
      part: 'action',
      cell: (session) => mayChange && endLink(texts, user, session),
    },
  ]
  return html`<section class="sheet"><h2>${texts.get('sessions_of_user')}</h2>
${
  sessions.length === 0
    ? emptyState(texts.get('no_sessions'))
    : table(texts.get('sessions_of_user'), columns, sessions)
}
${hasMoreSessions && html`<p class="hint">${texts.get('more_sessions', { count: sessions.length })}</p>`}
</section>`
}

/** The links look the same, so for screen readers each names the session that it ends. */
function endLink(texts: Texts, user: User, session: Session): Html {
  const label = texts.get('end_session_from', {
    address: session.client.address,
    time: texts.moment(session.createdAt),
  })
  const path = `/admin/users/${user.id}/sessions/${session.id}/end`
  return html`<a class="button small" href="${path}" aria-label="${label}">${texts.get('end_session')}</a>`
}

function appsSection(texts: Texts, { user, apps, mayChange, now }: ShownUser): Html {
  const columns: Column<ConnectedApp>[] = [
    {
      label: texts.get('app'),
      part: 'headline',
      cell: ({ clientId, name }) => html`<a href="${appPath(clientId)}">${name}</a>`,
    },
    { label: texts.get('apps_access'), cell: ({ scopes }) => scopes.join(', ') },
    { label: texts.get('last_used_at'), cell: ({ lastUsedAt }) => timeAgo(texts, lastUsedAt, now) },
    {
      label: texts.get('action'),
      part: 'action',
      cell: (app) => mayChange && removeLink(texts, user, app),
    },
  ]
  return html`<section class="sheet"><h2>${texts.get('apps_title')}</h2>
${
  apps.length === 0
    ? html`<p class="hint">${texts.get('no_connected_apps')}</p>`
    : table(texts.get('apps_title'), columns, apps)
}</section>`
}

function removeLink(texts: Texts, { id }: User, { clientId, name }: ConnectedApp): Html {
  const label = texts.get('apps_remove_one', { app: name })
  return html`<a class="button small" href="/admin/users/${id}/apps/${encodeURIComponent(clientId)}/remove"
 aria-label="${label}">${texts.get('remove')}</a>`
}

function eventsSection(texts: Texts, { user, events, emails, now }: ShownUser): Html | undefined {
  if (!events) return undefined
  const list =
    events.length === 0 ? emptyState(texts.get('no_events')) : eventsTable(texts, events, { emails, now })
  return html`<section class="sheet"><h2>${texts.get('audit')}</h2>${list}
<p><a href="/admin/audit?target=${user.id}">${texts.get('events_about')}</a> ·
<a href="/admin/audit?actor=${user.id}">${texts.get('events_by')}</a></p></section>`
}
