import type { Instant } from '#src/platform/clock.ts'

/** The ways in which a user proves who they are. */
export type FactorKind =
  | 'password'
  | 'passkey'
  | 'totp'
  | 'recovery_code'
  | 'email_code'
  | 'magic_link'
  | 'upstream'

/**
 * The kinds that an identified user can prove as a second factor or again for a sensitive call, in the order
 * in which pages offer them.
 */
export const furtherKinds = ['totp', 'passkey', 'email_code', 'password', 'recovery_code'] as const
export type FurtherKind = (typeof furtherKinds)[number]

/** One proof that succeeded. */
export type Factor = {
  readonly kind: FactorKind
  /** RFC 8176 authentication method references. */
  readonly amr: readonly string[]
  readonly at: Instant
  /** The passkey or the upstream identity that was used. */
  readonly credentialId?: string
  /** A passkey that verified its user by PIN or biometrics counts as two factors. */
  readonly isUserVerified?: boolean
}

type Traits = {
  readonly amr: readonly string[]
  readonly isPhishingResistant: boolean
  /** The category of the factor: two of the same category are not two factors. */
  readonly shows: 'knowledge' | 'possession'
}

export const factorTraits: Readonly<Record<FactorKind, Traits>> = {
  password: { amr: ['pwd'], isPhishingResistant: false, shows: 'knowledge' },
  passkey: { amr: ['user'], isPhishingResistant: true, shows: 'possession' },
  totp: { amr: ['otp'], isPhishingResistant: false, shows: 'possession' },
  recovery_code: { amr: ['otp'], isPhishingResistant: false, shows: 'possession' },
  email_code: { amr: ['otp'], isPhishingResistant: false, shows: 'possession' },
  magic_link: { amr: ['otp'], isPhishingResistant: false, shows: 'possession' },
  upstream: { amr: [], isPhishingResistant: false, shows: 'possession' },
}

/** The authentication level of a session, as its tokens carry it in `acr`. */
export const levels = ['aal1', 'aal2'] as const
export type Level = (typeof levels)[number]

/** `aal2`: knowledge and possession were both shown, or a passkey verified its user. */
export function levelOf(proven: readonly Factor[]): Level {
  const shown = new Set(proven.map(({ kind }) => factorTraits[kind].shows))
  const isTwofold = shown.size > 1 || areTwoPossessions(proven)
  return isTwofold || proven.some(({ isUserVerified }) => isUserVerified) ? 'aal2' : 'aal1'
}

/** An email code and an authenticator are held by different devices; two codes of one kind are not. */
function areTwoPossessions(proven: readonly Factor[]): boolean {
  const kinds = new Set(proven.map(({ kind }) => (kind === 'magic_link' ? 'email_code' : kind)))
  return kinds.size > 1
}

/**
 * All methods that were used, each once; `mfa` (RFC 8176 section 2) where they make two factors, and `phr`
 * (OpenID Connect EAP ACR Values) where each of them resists phishing.
 */
export function amrOf(proven: readonly Factor[]): string[] {
  const used = new Set(proven.flatMap(({ amr }) => amr))
  if (levelOf(proven) === 'aal2') used.add('mfa')
  if (proven.length > 0 && proven.every(isPhishingResistant)) used.add('phr')
  return [...used]
}

/**
 * The same after one more factor. A factor that can be phished removes `phr`, and no later factor restores
 * it.
 */
export function amrAfter(
  amr: readonly string[],
  { first, further }: { first: Factor; further: Factor },
): string[] {
  const used = new Set([...amr, ...amrOf([first, further])])
  if (!amr.includes('phr') || !isPhishingResistant(further)) used.delete('phr')
  return [...used]
}

function isPhishingResistant({ kind }: Factor): boolean {
  return factorTraits[kind].isPhishingResistant
}

/** Second factors that a user turns on and off; nothing has to be set up for them. */
export type ChosenKind = 'passkey' | 'email_code'

/**
 * Second factors that a user has one by one. Recovery codes are created with the first and removed with the
 * last one.
 */
export const listedKinds = ['totp', 'passkey', 'email_code'] as const
export type ListedKind = (typeof listedKinds)[number]

type Has = {
  readonly hasTotp: boolean
  readonly hasPasskey: boolean
  readonly hasCodes: boolean
  readonly chosen: readonly ChosenKind[]
}

/**
 * The second factors that a sign-in requires, in the order in which pages offer them. Adding a passkey does
 * not change the sign-in with a password: it is required only if its owner chose that, or has another second
 * factor. Recovery codes can replace the others.
 */
export function secondFactorsOf({ hasTotp, hasPasskey, hasCodes, chosen }: Has): FactorKind[] {
  const isPasskeyChosen = hasPasskey && chosen.includes('passkey')
  const isMailChosen = chosen.includes('email_code')
  if (!hasTotp && !isPasskeyChosen && !isMailChosen) return []
  return [
    ...(hasTotp ? ['totp' as const] : []),
    ...(hasPasskey ? ['passkey' as const] : []),
    ...(isMailChosen ? ['email_code' as const] : []),
    ...(hasCodes ? ['recovery_code' as const] : []),
  ]
}

/** `second_factors` as it is stored. */
export function factorKindsIn(text: string): FactorKind[] {
  return text === '' ? [] : (text.split(',') as FactorKind[])
}
