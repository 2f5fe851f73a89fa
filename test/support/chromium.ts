import { after, type TestContext } from 'node:test'
import { type Browser, chromium } from 'playwright-core'
import { endWithFile } from '#test/support/file-end.ts'
import { programOrSkip, programPath } from '#test/support/programs.ts'

/** How long a page may take. Only one that never arrives takes that long, even on a busy machine. */
export const pagePatienceMs = 120_000

type Options = { readonly keepsPages: boolean }

/**
 * The browser of the file, without the contexts of earlier tests. If none is installed, the test is skipped.
 * `keepsPages` leaves the back-forward cache on, as in normal use.
 */
export async function chromiumOrSkip(
  t: Pick<TestContext, 'skip'>,
  options: Options = { keepsPages: false },
): Promise<Browser | undefined> {
  const chromium = programOrSkip('chromium', t)
  if (chromium === undefined) return undefined
  // The same engine without the windows of a browser takes half the work. It keeps no pages.
  const shell = options.keepsPages ? undefined : programPath('chromium-headless-shell')
  const executablePath = shell ?? chromium
  const launched = browsers.get(options.keepsPages) ?? launch(executablePath, options)
  browsers.set(options.keepsPages, launched)
  const browser = await launched
  after(async () => {
    for (const context of browser.contexts()) await context.close()
  })
  return browser
}

/** By whether they keep pages. */
const browsers = new Map<boolean, Promise<Browser>>()

async function launch(executablePath: string, { keepsPages }: Options): Promise<Browser> {
  endWithFile(async () => {
    const launched = browsers.get(keepsPages)
    browsers.delete(keepsPages)
    await (await launched)?.close()
  })
  return chromium.launch({
    executablePath,
    timeout: pagePatienceMs,
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
}
