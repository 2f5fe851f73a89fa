import { defaultOf, groupOf, nameOf, rowOf, type SettingGroup, settingKeys } from '#src/settings/table.ts'

/**
 * The description of one setting for operators. Without a default in production it is required or optional.
 */
export type SettingDescription = {
  name: string
  group: SettingGroup
  description: string
  example: string
  secret: boolean
  required: boolean
  inDevelopment: string | undefined
  inProduction: string | undefined
}

export function describeSettings(): SettingDescription[] {
  return settingKeys.map((key) => {
    const inProduction = defaultOf(key, 'production')
    const { description, example, secret, read } = rowOf(key)
    const required = inProduction === undefined && !read.safeParse(undefined).success
    const inDevelopment = defaultOf(key, 'development')
    const [name, group] = [nameOf(key), groupOf(key)]
    return { name, group, description, example, secret, required, inDevelopment, inProduction }
  })
}

/** The text of `.env.example`. */
export function envExample(): string {
  const head = [
    '# All settings of Sigil, printed from src/settings/table.ts by `node docs/print.ts`. Development needs',
    '# none of them. To change one, copy this file to .env and uncomment it: `make run` reads the file, and',
    '# the environment takes precedence.',
  ]
  return `${[...head, ...describeSettings().flatMap(linesOf)].join('\n')}\n`
}

function linesOf(setting: SettingDescription): string[] {
  const { name, description, example, secret } = setting
  const file = secret ? [`# A secret; ${name}_FILE may name a file with the value instead.`] : []
  return ['', `# ${description}`, `# Default: ${defaultsOf(setting)}`, ...file, `#${name}=${example}`]
}

function defaultsOf({ inDevelopment, inProduction, required }: SettingDescription): string {
  if (inDevelopment === inProduction) return shown(inDevelopment)
  const production = required ? 'must be set' : shown(inProduction)
  return `${shown(inDevelopment)} in development, ${production} in production`
}

function shown(text: string | undefined): string {
  return text === undefined || text === '' ? 'none' : text
}
