import type { Page } from 'playwright-core'
import type { World } from '#src/world/world.ts'
import type { Filled } from '#test/support/console-pages.ts'
import { accountStages } from '#test/support/staged-account.ts'
import { appStages } from '#test/support/staged-apps.ts'
import { consoleStages } from '#test/support/staged-console.ts'
import { signInStages } from '#test/support/staged-sign-in.ts'

export type Stage = {
  readonly page: Page
  readonly url: string
  readonly world: World
  readonly filled: Filled
}

/** A page that needs earlier steps: which routes it shows, and the steps, by a new visitor. */
export type Staged = {
  readonly name: string
  readonly routes: readonly string[]
  readonly open: (stage: Stage) => Promise<unknown>
}

/** Every page that no URL alone opens, and states of others. */
export const stagedPages: readonly Staged[] = [
  ...signInStages,
  ...accountStages,
  ...appStages,
  ...consoleStages,
]
