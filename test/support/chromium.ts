import { after, type TestContext } from 'node:test'
import { type Browser, chromium } from 'playwright-core'
import { programOrSkip } from '#test/support/programs.ts'

/**
 * A browser for the running test. If none is installed, the test is skipped. `keepsPages` leaves the
 * back-forward cache on, as in normal use.
 */
export async function chromiumOrSkip(
  t: Pick<TestContext, 'skip'>,
  { keepsPages = false } = {},
): Promise<Browser | undefined> {
  const executablePath = programOrSkip('chromium', t)
  if (executablePath === undefined) return undefined
  const browser = await chromium.launch({
    executablePath,
    ...(keepsPages ? { ignoreDefaultArgs: ['--disable-back-forward-cache'] } : {}),
    args: [
      // Containers have no user namespaces for the sandbox. Only our own pages are opened.
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--disable-gpu',
      '--disable-dev-shm-usage',
    ],
  })
  after(() => browser.close())
  return browser
}
