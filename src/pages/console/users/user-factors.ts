import type { Factors } from '#src/accounts/list-factors.ts'
import type { Passkey } from '#src/credentials/passkeys/passkey.ts'
import type { TrustedDevice } from '#src/credentials/trusted-devices/trusted-device.ts'
import type { Connection } from '#src/credentials/upstream/identity.ts'
import { type Child, type Html, html } from '#src/http/html.ts'
import { deviceName } from '#src/pages/account/devices.ts'
import { badge } from '#src/pages/components/badge.ts'
import { setting } from '#src/pages/components/setting.ts'
import { timeAgo } from '#src/pages/components/time.ts'
import type { Texts } from '#src/pages/texts.ts'
import type { Instant } from '#src/platform/clock.ts'
import { deviceOf } from '#src/sessions/on-wire.ts'
import type { Provider } from '#src/settings/providers.ts'
import type { User } from '#src/users/user.ts'

export type ShownFactors = {
  readonly user: User
  readonly factors: Factors
  readonly passkeys: readonly Passkey[]
  readonly connections: readonly Connection[]
  readonly devices: readonly TrustedDevice[]
  readonly providers: readonly Provider[]
  readonly mayChange: boolean
  readonly now: Instant
}

/** Every way to sign in to the account, each with a link to remove it. */
export function signInSection(texts: Texts, shown: ShownFactors): Html {
  return html`<section class="sheet"><h2>${texts.get('ways_to_sign_in')}</h2>
${passwordRow(texts, shown.user)}
${passkeyRows(texts, shown)}${factorRows(texts, shown)}${connectionRows(texts, shown)}
</section>
${shown.devices.length > 0 && devicesSection(texts, shown)}`
}

function passwordRow(texts: Texts, { passwordHash, passwordMustChangeAt }: User): Html {
  const isSet = passwordHash !== undefined
  const state = badge('neutral', texts.get(isSet ? 'is_set' : 'not_set'))
  const hint = passwordMustChangeAt === undefined ? '' : texts.get('password_must_change')
  return setting(texts.get('password'), hint, state)
}

function passkeyRows(texts: Texts, { user, passkeys, mayChange, now }: ShownFactors): Html[] {
  return passkeys.map(({ id, name, createdAt, lastUsedAt }) =>
    setting(
      html`${texts.get('passkey')} · ${name}`,
      madeAndUsed(texts, { createdAt, lastUsedAt, now }),
      mayChange && remove(texts, `/admin/users/${user.id}/passkeys/${id}/remove`, name),
    ),
  )
}

function factorRows(texts: Texts, { user, factors, mayChange, now }: ShownFactors): Html[] {
  const left = texts.get('recovery_codes_left', { count: factors.recoveryCodesLeft })
  return factors.factors.map(({ id, method, name, addedAt }) => {
    const title = texts.get(`factor_name_${method}`)
    return setting(
      html`${title}${name !== undefined && ` · ${name}`}`,
      html`${texts.get('added')} ${timeAgo(texts, addedAt, now)} · ${left}`,
      mayChange && remove(texts, `/admin/users/${user.id}/factors/${id}/remove`, title),
    )
  })
}

function connectionRows(
  texts: Texts,
  { user, connections, providers, mayChange, now }: ShownFactors,
): Html[] {
  return connections.map(({ id, provider, label, linkedAt, lastUsedAt }) =>
    setting(
      html`${providers.find(({ name }) => name === provider)?.title ?? provider} · ${label}`,
      madeAndUsed(texts, { createdAt: linkedAt, lastUsedAt, now }),
      mayChange && remove(texts, `/admin/users/${user.id}/connections/${id}/remove`, label),
    ),
  )
}

function devicesSection(texts: Texts, { user, devices, mayChange, now }: ShownFactors): Html {
  const rows = devices.map(({ id, client, lastUsedAt, expiresAt }) => {
    const device = { ...deviceOf(client.userAgent), user_agent: client.userAgent }
    const name = deviceName(texts, device)
    return setting(
      html`${name} · <span class="address">${client.address}</span>`,
      html`${texts.get('last_used_at')} ${timeAgo(texts, lastUsedAt, now)} ·
${texts.get('device_trusted_until')} ${timeAgo(texts, expiresAt, now)}`,
      mayChange && remove(texts, `/admin/users/${user.id}/devices/${id}/remove`, name),
    )
  })
  return html`<section class="sheet"><h2>${texts.get('devices_trusted')}</h2>
<p class="hint">${texts.get('trusted_devices_hint')}</p>${rows}</section>`
}

type Times = { readonly createdAt: Instant; readonly lastUsedAt: Instant | undefined; readonly now: Instant }

function madeAndUsed(texts: Texts, { createdAt, lastUsedAt, now }: Times): Child {
  const used = lastUsedAt === undefined ? texts.get('never_used') : timeAgo(texts, lastUsedAt, now)
  return html`${texts.get('added')} ${timeAgo(texts, createdAt, now)} · ${
    lastUsedAt !== undefined && texts.get('last_used_at')
  } ${used}`
}

/** The links look the same, so for screen readers each names what it removes. */
function remove(texts: Texts, path: string, name: string): Html {
  const label = texts.get('remove_named', { name })
  return html`<a class="button small" href="${path}" aria-label="${label}">${texts.get('remove')}</a>`
}
