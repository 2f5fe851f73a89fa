import { z } from 'zod'
import type { Enrolment } from '#src/credentials/totp/enrol.ts'
import { text } from '#src/http/text.ts'

/** The parameters for setting up an authenticator app. */
export const TotpEnrolment = z
  .object({
    secret: z.string().describe('For typing into the authenticator app: 160 bits in base32'),
    uri: z.string().describe('The same as an `otpauth://` URI'),
    qr_svg: z.string().describe('The URI as a QR code: one SVG element'),
  })
  .meta({ id: 'TotpEnrolment' })

export const RecoveryCodes = z.array(z.string()).describe('Shown once; each works once')

export function enrolmentOnWire({ secret, uri, qrSvg }: Enrolment): z.input<typeof TotpEnrolment> {
  return { secret, uri, qr_svg: qrSvg }
}

/** The first factor was correct and a second one is required: the user is not signed in yet. */
export const MfaRequired = z
  .object({
    mfa_required: z.literal(true),
    mfa_token: z.string().describe('For `POST /auth/mfa`; valid for ten minutes and five tries'),
    methods: z.array(z.string()).describe('Any one of these completes the sign-in'),
    enroll: z
      .array(z.string())
      .optional()
      .describe('If a second factor is required and the user has none: begin with `POST /auth/mfa/enroll`'),
  })
  .meta({ id: 'MfaRequired' })

/** An administrator chose the password: it must be replaced before the user is signed in. */
export const PasswordChangeRequired = z
  .object({
    password_change_required: z.literal(true),
    mfa_token: z.string().describe('For `POST /auth/reset` with a new password; valid for ten minutes'),
    recovery_codes: RecoveryCodes.optional().describe('If the second factor was set up in this sign-in'),
  })
  .meta({ id: 'PasswordChangeRequired' })

/** The email must be verified first. Only the message reveals whether it is new. */
export const VerificationRequired = z
  .object({ verification_required: z.literal(true), email: z.string() })
  .meta({ id: 'VerificationRequired' })

/** A code from a message: six digits, possibly typed in groups. */
export const CodeField = text({ min: 1, max: 64 }).describe('The six digits of the email')

export const LinkTokenField = text({ min: 1, max: 200 }).describe('The `token` of the link in the email')

export const TransportField = z
  .enum(['body', 'cookie'])
  .optional()
  .describe('Where the refresh token travels')

type ProofBody = {
  readonly method: string
  readonly code?: string | undefined
  readonly password?: string | undefined
  readonly response?: object | undefined
}

/** Each method needs its own member. Without this, a forgotten one would count as a wrong proof. */
export function requireProof(body: ProofBody, context: z.RefinementCtx): void {
  const member = memberFor(body.method)
  if (body[member] === undefined)
    context.addIssue({ code: 'custom', path: [member], params: { code: 'missing' } })
}

function memberFor(method: string): 'code' | 'password' | 'response' {
  if (method === 'passkey') return 'response'
  return method === 'password' ? 'password' : 'code'
}
