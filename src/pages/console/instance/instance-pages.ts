import { type Html, html } from '#src/http/html.ts'
import { type KeyState, neededUntil, type Purpose } from '#src/keys/key.ts'
import type { SealedKey } from '#src/keys/sealed-key.ts'
import type { Check } from '#src/operations/readiness.ts'
import { badge, type Tone } from '#src/pages/components/badge.ts'
import { emptyState } from '#src/pages/components/empty-state.ts'
import { searchForm } from '#src/pages/components/search-form.ts'
import { setting } from '#src/pages/components/setting.ts'
import { timeAgo } from '#src/pages/components/time.ts'
import { verifiersSection } from '#src/pages/console/apis/verifiers-section.ts'
import { isConsoleKey } from '#src/pages/messages/console-en.ts'
import { type Column, table } from '#src/pages/table.ts'
import type { Texts } from '#src/pages/texts.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { LeaseholderList, ListedLeaseholder } from '#src/revocations/lease/list-leaseholders.ts'
import type { Verifier } from '#src/revocations/verifiers.sql.ts'
import { describeSettings } from '#src/settings/describe.ts'
import type { ShownSetting } from '#src/settings/settings.ts'

type Nodes = LeaseholderList & {
  readonly verifiers: readonly Verifier[]
  readonly mayChange: boolean
  readonly now: Instant
}

export function nodesContent(texts: Texts, { leaseholders, verifiers, mayChange, head, now }: Nodes): Html {
  const seconds = (ms: number) => texts.get('seconds', { seconds: texts.number(Math.round(ms / 100) / 10) })
  const columns: Column<ListedLeaseholder>[] = [
    {
      label: texts.get('name'),
      part: 'headline',
      cell: ({ name, id }) => html`${name}<span class="claim">${id}</span>`,
    },
    { label: texts.get('kind'), cell: ({ kind }) => badge('neutral', texts.get(`leaseholder_${kind}`)) },
    {
      label: texts.get('lease'),
      part: 'detail',
      cell: ({ leaseMs }) => (leaseMs === 0 ? '–' : seconds(leaseMs)),
    },
    {
      label: texts.get('renewed'),
      cell: ({ renewedMsAgo }) => (renewedMsAgo === undefined ? '–' : texts.ago(now - renewedMsAgo, now)),
    },
    { label: texts.get('lag'), part: 'number', cell: ({ lag }) => texts.number(lag) },
  ]
  return html`<div class="head"><h1>${texts.get('nodes')}</h1></div>
<section class="sheet"><h2>${texts.get('leaseholders')}</h2>
<p class="hint">${texts.get('leaseholders_hint', { head: texts.number(head) })}</p>
${table(texts.get('leaseholders'), columns, leaseholders)}</section>
${verifiersSection(texts, { verifiers, addPath: '/admin/verifiers/new', mayChange, now })}`
}

type ShownKey = { readonly key: SealedKey; readonly state: KeyState }

const tones: Readonly<Record<KeyState, Tone>> = {
  published: 'neutral',
  in_use: 'good',
  retired: 'neutral',
  revoked: 'bad',
}

type Keys = {
  readonly keys: readonly ShownKey[]
  readonly purposes: readonly Purpose[]
  readonly mayChange: boolean
  readonly now: Instant
}

export function keysContent(texts: Texts, { keys, purposes, mayChange, now }: Keys): Html {
  const until = (key: SealedKey) => key.revokedAt ?? key.retiredAt
  const moment = (at: number | undefined) =>
    at === undefined || at === Number.POSITIVE_INFINITY ? '–' : timeAgo(texts, at, now)
  const columns: Column<ShownKey>[] = [
    { label: texts.get('key_id'), part: 'headline', cell: ({ key }) => html`<code>${key.id}</code>` },
    { label: texts.get('purpose'), cell: ({ key }) => texts.get(`purpose_${key.purpose}`) },
    { label: texts.get('state'), cell: ({ state }) => badge(tones[state], texts.get(`key_${state}`)) },
    { label: texts.get('used_from'), cell: ({ key }) => timeAgo(texts, key.usedFrom, now) },
    { label: texts.get('used_until'), part: 'detail', cell: ({ key }) => moment(until(key)) },
    { label: texts.get('needed_until'), part: 'detail', cell: ({ key }) => moment(neededUntil(key)) },
  ]
  return html`<div class="head"><h1>${texts.get('keys')}</h1></div>
<section class="sheet"><p class="hint">${texts.get('keys_hint')}</p>
${table(texts.get('keys'), columns, keys)}</section>
${mayChange && rotations(texts, purposes)}`
}

function rotations(texts: Texts, purposes: readonly Purpose[]): Html {
  const rows = purposes.map((purpose) => {
    const label = texts.get('rotate_key_of', { purpose: texts.get(`purpose_${purpose}`) })
    const link = html`<a class="button small" href="/admin/keys/${purpose}/rotate" aria-label="${label}"
>${texts.get('rotate_key')}</a>`
    return setting(texts.get(`purpose_${purpose}`), texts.get('rotate_key_hint'), link)
  })
  return html`<section class="sheet"><h2>${texts.get('actions')}</h2>${rows}
<p class="hint">${texts.get('revoke_key_hint')} <code>sigil key revoke KEY</code></p></section>`
}

export function settingsContent(texts: Texts, shown: readonly ShownSetting[], q: string | undefined): Html {
  const described = new Map(describeSettings().map((one) => [one.name, one]))
  const words = q?.toLowerCase().split(/\s+/) ?? []
  const found = shown.filter(({ name }) => {
    const text = `${name} ${described.get(name)?.description}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
  const groups = Map.groupBy(found, ({ name }) => described.get(name)?.group ?? 'server')
  const sections = [...groups].map(
    ([group, rows]) => html`<section class="sheet settings"><h2>${texts.get(`settings_${group}`)}</h2>
${rows.map((one) => settingRow(texts, one, described.get(one.name)?.description))}</section>`,
  )
  const none = html`<section class="sheet">${emptyState(texts.get('no_setting'))}</section>`
  const search = { path: '/admin/settings', label: texts.get('search_settings'), filters: { q } }
  return html`<div class="head"><h1>${texts.get('settings')}</h1></div>
${searchForm(texts, search)}
<p class="hint">${texts.get('settings_hint')}</p>
${sections.length === 0 ? none : sections}`
}

/** One setting: its name and description, its value, and where the value is from. */
export function settingRow(
  texts: Texts,
  { name, value, from }: ShownSetting,
  description: string | undefined,
): Html {
  return setting(
    html`<code>${name}</code>`,
    description === undefined ? '' : html`<span lang="en">${description}</span>`,
    html`<code>${value}</code> ${sourceBadge(texts, from)}`,
  )
}

function sourceBadge(texts: Texts, from: ShownSetting['from']): Html {
  return badge(from === 'default' ? 'neutral' : 'good', texts.get(`from_${from}`))
}

export function healthContent(texts: Texts, checks: readonly Check[]): Html {
  const isReady = checks.every(({ ok }) => ok)
  const rows = checks.map(({ name, ok }) =>
    setting(
      checkTitle(texts, name),
      html`<code>${name}</code>`,
      badge(ok ? 'good' : 'bad', texts.get(ok ? 'check_ok' : 'check_failed')),
    ),
  )
  return html`<div class="head"><h1>${texts.get('health')}</h1>
${badge(isReady ? 'good' : 'bad', texts.get(isReady ? 'ready' : 'not_ready_badge'))}</div>
<section class="sheet">${rows}</section>`
}

function checkTitle(texts: Texts, name: string): string {
  const key = `check_${name}`
  return isConsoleKey(key) ? texts.get(key) : name
}
