import { backupRows } from '#src/settings/backup-rows.ts'
import { databaseRows } from '#src/settings/database-rows.ts'
import { mailRows } from '#src/settings/mail-rows.ts'
import { pageRows } from '#src/settings/page-rows.ts'
import { providerRows } from '#src/settings/provider-rows.ts'
import { serverRows } from '#src/settings/server-rows.ts'
import type { Mode, SettingRow } from '#src/settings/setting-row.ts'
import { signInRows } from '#src/settings/sign-in-rows.ts'
import { tokenRows } from '#src/settings/token-rows.ts'

/**
 * All settings. The name in the environment follows from the key: `accessTokenLifetimeMs` is
 * `SIGIL_ACCESS_TOKEN_LIFETIME`. Secrets have no defaults.
 */
export const settingRows = {
  ...serverRows,
  ...databaseRows,
  ...backupRows,
  ...signInRows,
  ...mailRows,
  ...pageRows,
  ...providerRows,
  ...tokenRows,
} satisfies Record<string, SettingRow>

const groups = {
  server: serverRows,
  database: databaseRows,
  backup: backupRows,
  sign_in: signInRows,
  mail: mailRows,
  pages: pageRows,
  providers: providerRows,
  tokens: tokenRows,
} satisfies Record<string, Record<string, SettingRow>>

export type SettingGroup = keyof typeof groups

export function groupOf(key: SettingKey): SettingGroup {
  const found = Object.entries(groups).find(([, rows]) => Object.hasOwn(rows, key))
  return (found?.[0] ?? 'server') as SettingGroup
}

export type SettingKey = keyof typeof settingRows

export const settingKeys = Object.keys(settingRows) as SettingKey[]

export function rowOf(key: SettingKey): SettingRow {
  return settingRows[key]
}

/** The name in the environment, without the unit of the key: there the value has its own unit. */
export function nameOf(key: SettingKey): string {
  const words = key.replace(/Ms$/, '').replace(/[A-Z]/g, (capital) => `_${capital}`)
  return `SIGIL_${words.toUpperCase()}`
}

export function defaultOf(key: SettingKey, mode: Mode): string | undefined {
  const row = rowOf(key)
  return typeof row.default === 'object' ? row.default[mode] : row.default
}
