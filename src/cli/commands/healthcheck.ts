import { z } from 'zod'
import { failure, type LocalCommand, success } from '#src/cli/command.ts'
import { localUrl } from '#src/cli/local-url.ts'
import { misconfigured } from '#src/cli/run-command.ts'
import { jsonIn } from '#src/platform/json.ts'
import { readSettings } from '#src/settings/settings.ts'

const timeoutMs = 4000

const NotReady = z.object({ checks: z.array(z.object({ name: z.string(), ok: z.boolean() })) })

export const healthcheckCommand: LocalCommand = {
  name: 'healthcheck',
  summary: 'Check whether the server on this machine is ready, for process managers.',
  operands: [],
  flags: {},
  needs: 'nothing',
  run: async (_args, { env }) => {
    // The development rules, because this check does not need the public URL.
    const read = readSettings(env, 'development')
    if (read.kind === 'problems') return misconfigured(read.problems)
    const url = `${localUrl(read.settings)}/readyz`
    const state = await probe(url)
    if (state === 'ready') return success(['ready'], { ready: true })
    return failure('unavailable', [`The server is not ready: ${url} ${state}.`])
  },
}

async function probe(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), redirect: 'error' })
    if (response.status === 200) return 'ready'
    const { data } = NotReady.safeParse(jsonIn(await response.text()))
    const failing = (data?.checks ?? []).filter(({ ok }) => !ok).map(({ name }) => name)
    return `answers with status ${response.status}${failing.length === 0 ? '' : ` (${failing.join(', ')})`}`
  } catch {
    return 'does not answer'
  }
}
