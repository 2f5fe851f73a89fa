export type WireUser = {
  readonly id: string
  readonly email: string
  readonly email_verified: boolean
  readonly username: string | null
  readonly full_name: string | null
  readonly status: string
  readonly roles: readonly string[]
  readonly created_at: string
  readonly last_signed_in_at: string | null
}

export type WireRole = {
  readonly name: string
  readonly description: string
  readonly built_in: boolean
  readonly members: number
}

type WireEvent = {
  readonly event: string
  readonly by: string
  readonly ip: string | null
  readonly details: Readonly<Record<string, unknown>>
}

export type WireLine = WireRole & {
  readonly id: string
  readonly email: string
  readonly granted_at: string
  readonly current: boolean
  readonly at: string
  readonly outcome: string
  readonly method: string
  readonly session_id: string | null
  readonly ip: string
  readonly user_agent: string
  readonly browser: string | null
  readonly system: string | null
  readonly created_at: string
  readonly last_used_at: string
  readonly expires_at: string
}

/** The result of a sign-in or a refresh. */
export type WireSession = {
  readonly access_token: string
  readonly token_type: string
  readonly expires_in: number
  readonly refresh_token: string
  readonly refresh_expires_in: number
  readonly session_id: string
  readonly user: WireUser
}

/**
 * The members of all responses. A test that reads one that its response lacks gets `undefined`, and fails.
 */
export type WireBody = WireUser &
  WireRole &
  WireSession & {
    readonly role: WireRole
    readonly has: boolean
    readonly access: boolean
    readonly user_id: string
    readonly expires_at: string
    readonly sessions_ended: number
    readonly everywhere: boolean
    readonly waited_ms: number
    readonly data: readonly WireLine[]
    readonly next_cursor: string | null
    readonly sessions: readonly WireLine[]
    readonly history: readonly WireLine[]
    readonly mfa_required: boolean
    readonly mfa_token: string
    readonly methods: readonly string[]
    readonly enroll: readonly string[]
    readonly secret: string
    readonly uri: string
    readonly qr_svg: string
    readonly recovery_codes: readonly string[]
    readonly recovery_codes_left: number
    readonly left: number
    readonly trusted_devices: readonly WireLine[]
    readonly factors: { readonly data: readonly WireLine[]; readonly recovery_codes_left: number }
    readonly audit_events: readonly WireEvent[]
    readonly type: string
    readonly title: string
    readonly detail: string
    readonly code: string
    readonly request_id: string
    readonly deletes_at: string
    readonly restore_token: string
    readonly errors: readonly { readonly pointer: string; readonly code: string; readonly detail: string }[]
  }
