import { nearestOf } from '#src/platform/spelling.ts'
import { nameOf, rowOf, type SettingKey, settingKeys } from '#src/settings/table.ts'

/** Names that our clients read, often set in the same environment. */
const clientNames = new Set(['SIGIL_ISSUER', 'SIGIL_VERIFIER_KEY'])

/**
 * An error for each unknown setting: a misspelt one would be ignored silently, and what it protects with it.
 */
export function unknownNames(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = new Set(settingKeys.flatMap(namesOf))
  const isForeign = (name: string) => clientNames.has(name) || name.startsWith('SIGIL_TEST_')
  return Object.keys(env)
    .filter((name) => /^SIGIL_/i.test(name) && !isForeign(name) && !known.has(name))
    .sort()
    .map((name) => `${name} is not a setting. ${adviceFor(name, [...known])}`)
}

function namesOf(key: SettingKey): string[] {
  const name = nameOf(key)
  return rowOf(key).secret ? [name, `${name}_FILE`] : [name]
}

function adviceFor(name: string, known: readonly string[]): string {
  const plain = name.replace(/_FILE$/, '')
  if (known.includes(plain)) return `${plain} is not a secret and cannot be read from a file.`
  // With more than a third of the letters wrong it would be a guess, and a wrong guess misleads.
  const nearest = nearestOf(name.toUpperCase(), known, Math.max(2, (name.length - 'SIGIL_'.length) / 3))
  return nearest === undefined ? 'All settings are listed in .env.example.' : `Did you mean ${nearest}?`
}
