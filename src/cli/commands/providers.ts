import { type Command, type Flag, type LocalCommand, success } from '#src/cli/command.ts'
import { columns } from '#src/cli/help.ts'
import { misconfigured } from '#src/cli/run-command.ts'
import { modeToRead } from '#src/cli/running-mode.ts'
import { callbackUrl } from '#src/credentials/upstream/visit.ts'
import { readSettings } from '#src/settings/settings.ts'

const flags: Readonly<Record<string, Flag>> = {
  dev: {
    kind: 'switch',
    summary: 'Read the settings as `sigil dev` does. Not needed beside a running server.',
  },
}

const list: LocalCommand = {
  name: 'provider list',
  summary: 'List the identity providers, with the callback URL to register at each.',
  operands: [],
  flags,
  needs: 'nothing',
  run: async (args, { env }) => {
    const read = readSettings(env, await modeToRead(env, args))
    if (read.kind === 'problems') return misconfigured(read.problems)
    const { settings } = read
    const providers = settings.providers.map(({ name, title, emailTrust }) => {
      const callback_url = callbackUrl(settings, name)
      return { name, title, email_trust: emailTrust, callback_url }
    })
    const rows = providers.map((one) => [one.name, one.title, one.email_trust, one.callback_url])
    const none = ['No identity providers. Set SIGIL_PROVIDERS_FILE: docs/guides/providers.md.']
    const table = columns([['NAME', 'TITLE', 'EMAIL TRUST', 'CALLBACK URL'], ...rows])
    return success(providers.length === 0 ? none : table, { providers })
  },
}

export const providerCommands: readonly Command[] = [list]
