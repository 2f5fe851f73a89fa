import { spawn } from 'node:child_process'
import { failure, type LocalCommand, success } from '#src/cli/command.ts'
import { modeToRead } from '#src/cli/running-mode.ts'
import { readSettings } from '#src/settings/settings.ts'

const pages = { account: '/account', console: '/admin', docs: '/docs' } as const

/** Always prints the URL: over SSH no browser can be opened. */
export const openCommand: LocalCommand = {
  name: 'open',
  summary: 'Open a page of this server in the browser: account, console or docs.',
  operands: ['page'],
  choices: Object.keys(pages),
  flags: {},
  needs: 'nothing',
  run: async ({ page }, { env }) => {
    const path = pages[String(page) as keyof typeof pages]
    if (path === undefined) {
      return failure('usage', [`PAGE must be one of: ${Object.keys(pages).join(', ')}.`])
    }
    const read = readSettings(env, await modeToRead(env, {}))
    if (read.kind === 'problems') return failure('configuration', read.problems)
    const url = `${read.settings.publicUrl}${path}`
    const isOpened = process.stdout.isTTY && (await isStarted(url))
    return success([url], { url, opened: isOpened })
  },
}

/** The URL is a separate argument, so no shell interprets it. */
function isStarted(url: string): Promise<boolean> {
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open'
  return new Promise((resolve) => {
    const browser = spawn(program, [url], { stdio: 'ignore', detached: true })
    browser.once('error', () => resolve(false))
    browser.once('spawn', () => resolve(true))
    browser.unref()
  })
}
