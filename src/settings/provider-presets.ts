/** Which emails of a provider count as verified. */
export type EmailTrust =
  /** The email counts as verified if the provider reports it as verified. */
  | 'verified_claim'
  /** Every email counts as verified: for a directory that the operator runs. */
  | 'always'
  /** No email counts as verified. */
  | 'never'

/** The names of the claims, in the ID token or in the response of the userinfo endpoint. */
export type ClaimNames = {
  readonly subject: string
  readonly email: string
  readonly emailVerified: string
  readonly name: string
  /** How people recognize their account there, where there is no email. */
  readonly login: string
}

export type Protocol =
  | { readonly kind: 'oidc'; readonly issuer: string }
  | {
      readonly kind: 'oauth'
      /** The name of the provider in identities, and in the parameter `iss` of RFC 9207. */
      readonly issuer: string
      readonly authorizationEndpoint: string
      readonly tokenEndpoint: string
      readonly userinfoEndpoint: string
      readonly userinfoBy: UserinfoBy
      /** GitHub lists the verified emails at an endpoint of its own. */
      readonly emailsEndpoint?: string
      /** The object in the answer that holds the claims. */
      readonly userinfoInside?: string
      /** Parameters of the callback that the token endpoint needs again. */
      readonly repeatedParameters?: readonly string[]
    }

/** How the access token is sent to the userinfo endpoint. */
export type UserinfoBy = 'Bearer' | 'OAuth' | 'form'

export type Preset = {
  readonly title: string
  readonly scope: string
  readonly emailTrust: EmailTrust
  readonly protocol: Protocol
  readonly claims: ClaimNames
  /** Whether the provider registers clients without a secret. */
  readonly isPublicClient?: boolean
  /** Apple sends its answer as a form of another site where a scope was asked for. */
  readonly responseMode?: 'form_post'
}

export const standardClaims: ClaimNames = {
  subject: 'sub',
  email: 'email',
  emailVerified: 'email_verified',
  name: 'name',
  login: 'preferred_username',
}

const openId = 'openid email profile'

export const presets = {
  google: {
    title: 'Google',
    scope: openId,
    emailTrust: 'verified_claim',
    protocol: { kind: 'oidc', issuer: 'https://accounts.google.com' },
    claims: standardClaims,
  },
  // The email of a Microsoft account can be set by the administrator of any tenant, to any address.
  microsoft: {
    title: 'Microsoft',
    scope: openId,
    emailTrust: 'never',
    protocol: { kind: 'oidc', issuer: 'https://login.microsoftonline.com/common/v2.0' },
    claims: standardClaims,
  },
  apple: {
    title: 'Apple',
    scope: 'openid email',
    emailTrust: 'verified_claim',
    protocol: { kind: 'oidc', issuer: 'https://appleid.apple.com' },
    claims: standardClaims,
    responseMode: 'form_post',
  },
  gitlab: {
    title: 'GitLab',
    scope: openId,
    emailTrust: 'verified_claim',
    protocol: { kind: 'oidc', issuer: 'https://gitlab.com' },
    claims: standardClaims,
  },
  github: {
    title: 'GitHub',
    scope: 'read:user user:email',
    emailTrust: 'verified_claim',
    protocol: {
      kind: 'oauth',
      issuer: 'https://github.com/login/oauth',
      authorizationEndpoint: 'https://github.com/login/oauth/authorize',
      tokenEndpoint: 'https://github.com/login/oauth/access_token',
      userinfoEndpoint: 'https://api.github.com/user',
      userinfoBy: 'Bearer',
      emailsEndpoint: 'https://api.github.com/user/emails',
    },
    claims: { ...standardClaims, subject: 'id', login: 'login' },
  },
  discord: {
    title: 'Discord',
    scope: 'identify email',
    emailTrust: 'verified_claim',
    protocol: {
      kind: 'oauth',
      issuer: 'https://discord.com',
      authorizationEndpoint: 'https://discord.com/oauth2/authorize',
      tokenEndpoint: 'https://discord.com/api/oauth2/token',
      userinfoEndpoint: 'https://discord.com/api/users/@me',
      userinfoBy: 'Bearer',
    },
    claims: {
      subject: 'id',
      email: 'email',
      emailVerified: 'verified',
      name: 'global_name',
      login: 'username',
    },
  },
  // Neither Yandex nor VK reports whether an email was verified.
  yandex: {
    title: 'Yandex',
    scope: 'login:email login:info',
    emailTrust: 'never',
    protocol: {
      kind: 'oauth',
      issuer: 'https://oauth.yandex.ru',
      authorizationEndpoint: 'https://oauth.yandex.ru/authorize',
      tokenEndpoint: 'https://oauth.yandex.ru/token',
      userinfoEndpoint: 'https://login.yandex.ru/info?format=json',
      userinfoBy: 'OAuth',
    },
    claims: {
      subject: 'id',
      email: 'default_email',
      emailVerified: 'email_verified',
      name: 'real_name',
      login: 'login',
    },
  },
  vk: {
    title: 'VK',
    scope: 'vkid.personal_info email',
    emailTrust: 'never',
    protocol: {
      kind: 'oauth',
      issuer: 'https://id.vk.com',
      authorizationEndpoint: 'https://id.vk.com/authorize',
      tokenEndpoint: 'https://id.vk.com/oauth2/auth',
      userinfoEndpoint: 'https://id.vk.com/oauth2/user_info',
      userinfoBy: 'form',
      userinfoInside: 'user',
      repeatedParameters: ['device_id', 'state'],
    },
    claims: {
      subject: 'user_id',
      email: 'email',
      emailVerified: 'email_verified',
      name: 'first_name',
      login: 'user_id',
    },
    isPublicClient: true,
  },
} as const satisfies Readonly<Record<string, Preset>>

export type PresetName = keyof typeof presets

export const presetNames = Object.keys(presets) as PresetName[]
