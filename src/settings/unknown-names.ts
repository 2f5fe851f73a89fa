import { nearestOf } from '#src/platform/spelling.ts'
import { nameOf, rowOf, type SettingKey, settingKeys } from '#src/settings/table.ts'

/** Names that our clients read, often set in the same environment. */
const clientNames = new Set(['SIGIL_ISSUER', 'SIGIL_VERIFIER_KEY'])

/**
 * An error for each unknown setting: a misspelt one would be ignored silently, with the protection it
 * configures.
 */
export function unknownNames(env: Environment): string[] {
  const known = new Set(settingKeys.flatMap(namesOf))
  const ofKubernetes = namesOfServices(env, known)
  const isForeign = (name: string) => clientNames.has(name) || name.startsWith('SIGIL_TEST_')
  const unknown = Object.keys(env)
    .filter((name) => /^SIGIL_/i.test(name) && !isForeign(name) && !known.has(name))
    .filter((name) => !ofKubernetes.includes(name))
    .sort()
    .map((name) => `${name} is not a setting. ${adviceFor(name, [...known])}`)
  return [
    ...(Object.keys(env).some((name) => name.startsWith('\ufeffSIGIL_')) ? [byteOrderMark] : []),
    ...(ofKubernetes.length === 0 ? [] : [serviceLinks(ofKubernetes)]),
    ...unknown,
  ]
}

/** It becomes a part of the first name of the file, so that this setting would be ignored. */
const byteOrderMark =
  'The first setting in the .env file begins with a byte order mark (BOM). Save the file as UTF-8 without it.'

/** Whether Kubernetes set the port, to the URL of a service that is named sigil. */
export function isServiceUrl(text: string): boolean {
  return /^(?:tcp|udp|sctp):\/\//.test(text)
}

const serviceVariables = [
  /^SIGIL_(?:\w+_)?SERVICE_(?:HOST|PORT(?:_\w+)?)$/,
  /^SIGIL_(?:\w+_)?PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?$/,
]

/** Kubernetes sets variables for each service of a namespace: those of `sigil` look like settings. */
function namesOfServices(env: Environment, known: ReadonlySet<string>): string[] {
  const names = Object.keys(env).filter((name) => serviceVariables.some((form) => form.test(name)))
  return names.filter((name) => !known.has(name) || isServiceUrl(env[name] ?? '')).sort()
}

function serviceLinks([first = '', ...others]: readonly string[]): string {
  const more = others.length === 0 ? 'is a variable' : `and ${others.length} more are variables`
  return (
    `${first} ${more} that Kubernetes sets for a Service whose name begins with sigil. ` +
    'Set `enableServiceLinks: false` in the pod spec.'
  )
}

type Environment = Readonly<Record<string, string | undefined>>

function namesOf(key: SettingKey): string[] {
  const name = nameOf(key)
  return rowOf(key).secret ? [name, `${name}_FILE`] : [name]
}

function adviceFor(name: string, known: readonly string[]): string {
  const plain = name.replace(/_FILE$/, '')
  if (known.includes(plain)) return `${plain} is not a secret and cannot be read from a file.`
  // With more than a third of the letters wrong, a suggestion would mislead.
  const nearest = nearestOf(name.toUpperCase(), known, Math.max(2, (name.length - 'SIGIL_'.length) / 3))
  return nearest === undefined ? 'All settings are listed in .env.example.' : `Did you mean ${nearest}?`
}
