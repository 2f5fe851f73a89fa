import { after, type TestContext } from 'node:test'
import { type Browser, chromium } from 'playwright-core'
import { programOrSkip } from '#test/support/programs.ts'

/** Starts a browser for the running test, or skips the test and returns undefined if there is none. */
export async function chromiumOrSkip(t: Pick<TestContext, 'skip'>): Promise<Browser | undefined> {
  const executablePath = programOrSkip('chromium', t)
  if (executablePath === undefined) return undefined
  const browser = await chromium.launch({
    executablePath,
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
