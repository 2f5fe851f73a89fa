import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { columns } from '#src/cli/help.ts'
import { version } from '#src/platform/version.ts'
import { routes } from '#src/routes.ts'
import type { Environment, Settings } from '#src/settings/settings.ts'

const launcher = fileURLToPath(new URL('../../bin/sigil', import.meta.url))

/** What a developer needs first. It lists only pages that exist. */
export function banner(
  { publicUrl, dataDir, databaseUrl }: Settings,
  env: Environment,
  setupUrl: string | undefined,
): string[] {
  const page = (label: string, path: string) =>
    routes.some((route) => route.path === path) ? [[label, `${publicUrl}${path}`]] : []
  const folder = env.SIGIL_DATA_DIR ? `SIGIL_DATA_DIR=${quoted(env.SIGIL_DATA_DIR)} ` : ''
  const command = `${folder}${launcherName()}`
  const rows = [
    ['URL', publicUrl],
    ...page('Docs', '/docs'),
    ['Data', `${dataDir} (${databaseUrl === undefined ? 'SQLite' : 'database: PostgreSQL'})`],
    ...page('Console', '/admin'),
    setupUrl === undefined
      ? ['New admin', `${command} admin create --email you@example.org --password-stdin`]
      : ['First admin', setupUrl],
    ['Stop', 'Ctrl-C'],
  ]
  return ['', `  Sigil ${version()} is ready (development).`, '', ...columns(rows), '']
}

/** The launcher of this checkout. The npm package has none, and is run by npx under its full name. */
function launcherName(): string {
  return existsSync(launcher) ? quoted(relative(process.cwd(), launcher)) : 'npx @sigil/server'
}

/** Quoted where a shell would not read it as one word. */
function quoted(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
