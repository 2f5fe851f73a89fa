import type { App } from '#src/apps/app.ts'
import type { Call } from '#src/http/call.ts'
import { openCors } from '#src/http/cors.ts'

/** Scripts of an app's origins may read its responses, without credentials. */
export function corsForApp({ header }: Pick<Call, 'header'>, app: App | undefined): Record<string, string> {
  const origin = header('origin')
  const isAllowed = origin !== undefined && app?.allowedOrigins.includes(origin)
  return openCors(isAllowed ? origin : undefined)
}
