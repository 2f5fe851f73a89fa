import type { Settings } from '#src/settings/settings.ts'

/** The domain that passkeys belong to. Authenticators use a passkey only for this domain. */
export function rpIdOf({ passkeyRpId, publicUrl }: Settings): string {
  return passkeyRpId ?? new URL(publicUrl).hostname
}

/** The origins of the pages and apps that may use the passkeys. */
export function passkeyOriginsOf({ publicUrl, passkeyOrigins }: Settings): string[] {
  return [publicUrl, ...passkeyOrigins]
}
