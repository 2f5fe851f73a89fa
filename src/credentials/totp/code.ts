import type { Instant } from '#src/platform/clock.ts'

/** What every authenticator app supports: RFC 6238 with SHA-1, six digits and 30 seconds. */
const digits = 6
const periodSeconds = 30
const algorithm = 'SHA1'

/** RFC 4226 section 4 recommends 160 bits. */
export const secretBytes = 20

/** Loaded when the first code is checked, not at start. */
const otpauth = () => import('otpauth')

/**
 * Returns the time step of this code, or undefined for a wrong code. RFC 6238 section 5.2: the previous and
 * the next step are tried too, to tolerate slow typing and small clock differences.
 */
export async function stepOfCode(secret: Buffer, code: string, now: Instant): Promise<number | undefined> {
  const token = code.replaceAll(/[\s-]/g, '')
  if (!/^[0-9]{6}$/.test(token)) return undefined
  const { Secret, TOTP } = await otpauth()
  const key = new Secret({ buffer: Uint8Array.from(secret).buffer })
  const options = { secret: key, algorithm, digits, period: periodSeconds }
  const delta = TOTP.validate({ ...options, token, timestamp: now, window: 1 })
  return delta === null ? undefined : Math.floor(now / 1000 / periodSeconds) + delta
}

export type Provisioning = {
  /** For typing, in base32. */
  readonly secret: string
  /** For the authenticator app, as in the QR code. */
  readonly uri: string
}

/** Returns the parameters for setting up an authenticator app. */
export async function provisioningOf(
  secret: Buffer,
  { issuer, account }: { issuer: string; account: string },
): Promise<Provisioning> {
  const { Secret, TOTP } = await otpauth()
  const key = new Secret({ buffer: Uint8Array.from(secret).buffer })
  const totp = new TOTP({ issuer, label: account, secret: key, algorithm, digits, period: periodSeconds })
  return { secret: key.base32, uri: totp.toString() }
}

/** Returns a QR code as one SVG element. */
export async function qrSvgOf(text: string): Promise<string> {
  const { encodeQR } = await import('qr')
  return encodeQR(text, 'svg', { ecc: 'medium', border: 2 })
}
