import type { App } from '#src/apps/app.ts'
import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { snippetsSection } from '#src/pages/console/apps/app-page.ts'
import { appPath } from '#src/pages/console/apps/app-path.ts'
import { secretPage } from '#src/pages/console/secret-page.ts'
import { textsOf } from '#src/pages/texts.ts'
import type { World } from '#src/world/world.ts'

/** Shows the secret of an app once, with snippets. */
export function clientSecretPage(
  world: World,
  call: Call,
  { app, secret, title }: { app: App; secret: string; title: string },
): Promise<Answer> {
  const texts = textsOf(call)
  return secretPage(world, call, {
    ...{ place: '/admin/apps', title, secret, label: texts.get('client_secret') },
    more: snippetsSection(texts, world.settings, { app, secret }),
    next: appPath(app.clientId),
  })
}
