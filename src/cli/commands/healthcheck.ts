import { exits, failure, type LocalCommand, told } from '#src/cli/command.ts'
import { localUrl } from '#src/cli/local-url.ts'
import { misconfigured } from '#src/cli/reach-world.ts'
import { readSettings } from '#src/settings/settings.ts'

const patienceMs = 4000

export const healthcheckCommand: LocalCommand = {
  name: 'healthcheck',
  summary: 'Ask the server on this machine whether it is ready, for those who restart it when not.',
  operands: [],
  flags: {},
  needs: 'nothing',
  run: async (_given, { env }) => {
    // As `dev` reads them: whoever asks need not know under which address others reach the server.
    const read = readSettings(env, 'development')
    if (read.kind === 'problems') return misconfigured(read.problems)
    const url = `${localUrl(read.settings)}/readyz`
    const answer = await ask(url)
    if (answer === 'ready') return told(['ready'], { ready: true })
    return failure(exits.failed, 'unavailable', [`The server is not ready: ${url} ${answer}.`])
  },
}

async function ask(url: string): Promise<string> {
  try {
    const { status } = await fetch(url, { signal: AbortSignal.timeout(patienceMs), redirect: 'error' })
    return status === 200 ? 'ready' : `answers ${status}`
  } catch {
    return 'does not answer'
  }
}
