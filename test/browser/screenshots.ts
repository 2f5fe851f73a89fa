import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { World } from '#src/world/world.ts'
import { picturesOf, selection } from '#test/browser/pictures.ts'
import { trusting } from '#test/support/app-host.ts'
import { chromiumOrSkip } from '#test/support/chromium.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { type Inhabited, inhabit } from '#test/support/every-page.ts'
import { providerEnv, startIdentityProvider } from '#test/support/identity-provider.ts'
import { everyMail } from '#test/support/mail-pages.ts'
import { startServer } from '#test/support/server.ts'
import { stagedPages } from '#test/support/staged-pages.ts'
import { signInAs } from '#test/support/staged-sign-in.ts'

/*
 * `node test/browser/screenshots.ts [WORD…]` writes a picture of every page in each look. Words select: the
 * name of a look, or a part of the names of the pictures.
 */

const folder = process.env.SCREENSHOTS ?? '.cache/screenshots'

const looks = {
  'light-1280': { locale: 'en-GB', colorScheme: 'light', width: 1280 },
  'dark-1280-ru': { locale: 'ru', colorScheme: 'dark', width: 1280 },
  'light-320-ru': { locale: 'ru', colorScheme: 'light', width: 320 },
  'dark-320': { locale: 'en-GB', colorScheme: 'dark', width: 320 },
} as const

const { looks: chosenLooks, has } = selection(process.argv.slice(2), Object.keys(looks))

type Site = { readonly url: string; readonly world: World; readonly ids: Inhabited }
type Look = (typeof looks)[keyof typeof looks]

test('every page has a screenshot in four variants', async (t) => {
  const browser = await chromiumOrSkip(t)
  if (!browser) return
  const provider = await startIdentityProvider()
  const providers = { company: { ...provider.oidc, title: 'Company directory' } }
  const { url, world } = await startServer(await freshDatabaseUrl('sqlite'), {
    ...{ ...trusting, ...providerEnv, SIGIL_PROVIDERS: JSON.stringify(providers) },
    SIGIL_PRIVACY_URL: 'https://example.org/privacy',
    SIGIL_TERMS_URL: 'https://example.org/terms',
  })
  const site = { url, world, ids: await inhabit(world) }
  for (const [name, look] of Object.entries(looks)) {
    if (!chosenLooks.includes(name)) continue
    provider.person = { sub: `person-${name}`, email: `${name}@example.org`, email_verified: true }
    await fixedPages(browser, site, { name, look })
    await staged(browser, site, { name, look })
    await mails(browser, site, { name, look })
  }
})

type Named = { readonly name: string; readonly look: Look }

async function fixedPages(browser: Browser, { url, ids }: Site, { name, look }: Named): Promise<void> {
  const pictures = picturesOf(ids).filter(has)
  for (const as of ['visitor', 'user'] as const) {
    const chosen = pictures.filter((picture) => picture.as === as)
    if (chosen.length === 0) continue
    const context = await contextFor(browser, url, look)
    const page = await pageOf(context)
    if (as === 'user') {
      await signInAs(page, ids.email)
      await page.waitForURL('**/account*')
    }
    for (const { name: file, open } of chosen) {
      await open(page)
      await shoot(page, name, file)
    }
    await context.close()
  }
}

async function staged(browser: Browser, { url, world, ids }: Site, { name, look }: Named): Promise<void> {
  for (const { name: file, open } of stagedPages.filter(has)) {
    const context = await contextFor(browser, url, look)
    const page = await pageOf(context)
    await open({ page, url, world, filled: ids.filled })
    await page.waitForLoadState('load')
    await shoot(page, name, file)
    await context.close()
  }
}

async function mails(browser: Browser, { url, world }: Site, { name, look }: Named): Promise<void> {
  const context = await contextFor(browser, url, look)
  const page = await pageOf(context)
  for (const { kind, html } of everyMail(world, look.locale === 'ru' ? 'ru' : 'en')) {
    const file = `mail-${kind}`
    if (!has({ name: file })) continue
    await page.setContent(html)
    await shoot(page, name, file)
  }
  await context.close()
}

function contextFor(browser: Browser, baseURL: string, look: Look): Promise<BrowserContext> {
  const { locale, colorScheme, width } = look
  return browser.newContext({
    ...{ baseURL, locale, colorScheme, viewport: { width, height: 800 }, timezoneId: 'Europe/Berlin' },
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0',
  })
}

async function pageOf(context: BrowserContext): Promise<Page> {
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  return page
}

async function shoot(page: Page, look: string, file: string): Promise<void> {
  mkdirSync(join(folder, look), { recursive: true })
  await page.screenshot({ path: join(folder, look, `${file}.png`), fullPage: true })
}
