import { trustLifetimeMs } from '#src/credentials/trusted-devices/trusted-device.ts'
import type { Call } from '#src/http/call.ts'
import { cookieName, setCookie } from '#src/http/cookies.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import type { World } from '#src/world/world.ts'

/** The cookie of a trusted device, as the browser sent it; the sign-in verifies it. */
export function presentedTrustedDevice(world: World, { cookies }: Pick<Call, 'cookies'>): string | undefined {
  return cookies.get(cookieName('trustedDevice', isSecure(world)))
}

export function trustedDeviceCookie(world: World, value: string): string {
  return setCookie('trustedDevice', value, trustLifetimeMs / 1000, isSecure(world))
}
