import { nearestOf } from '#src/platform/spelling.ts'
import { nameOf, rowOf, type SettingKey, settingKeys } from '#src/settings/table.ts'

/** A misspelt setting would be ignored in silence, and with it the protection it was to bring. */
export function unknownNames(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = new Set(settingKeys.flatMap(namesOf))
  return Object.keys(env)
    .filter((name) => /^SIGIL_/i.test(name) && !name.startsWith('SIGIL_TEST_') && !known.has(name))
    .sort()
    .map((name) => `${name} is not a setting. ${adviceFor(name, [...known])}`)
}

function namesOf(key: SettingKey): string[] {
  const name = nameOf(key)
  return rowOf(key).secret ? [name, `${name}_FILE`] : [name]
}

function adviceFor(name: string, known: readonly string[]): string {
  const plain = name.replace(/_FILE$/, '')
  if (known.includes(plain)) return `${plain} is no secret and is not read from a file.`
  // Beyond a third of the letters it is a guess, and a wrong guess costs more than none.
  const nearest = nearestOf(name.toUpperCase(), known, Math.max(2, (name.length - 'SIGIL_'.length) / 3))
  return nearest === undefined ? 'They are all listed in .env.example.' : `Did you mean ${nearest}?`
}
