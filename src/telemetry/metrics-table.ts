/** The values of a label, or a description of them. Never a user or an IP address. */
type Values = readonly string[] | string

export type MetricRow = {
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: Readonly<Record<string, Values>>
  /** Upper bounds; histograms only. */
  readonly buckets?: readonly number[]
}

const fastBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/**
 * Values that a higher module defines. Their type is `string` here, because this table cannot import the
 * type; a test compares the two lists.
 */
function definedElsewhere(values: readonly string[]): readonly string[] {
  return values
}

/** Every metric. `docs/reference/metrics.md` is printed from this table. */
export const metricRows = {
  sigil_sign_ins_total: {
    kind: 'counter',
    help: 'Sign-ins by password or passkey, by outcome. An unknown login counts as wrong credentials.',
    labels: {
      outcome: ['signed_in', 'refused'],
      reason: ['none', 'wrong_credentials', 'wrong_code', 'wrong_passkey', 'disabled', 'limited', 'busy'],
    },
  },
  sigil_second_factors_total: {
    kind: 'counter',
    help: 'Codes and other second factors that were checked, at sign-ins and for recent proofs.',
    labels: { method: 'as in `methods` of the API', outcome: ['right', 'wrong'] },
  },
  sigil_leak_checks_total: {
    kind: 'counter',
    help: 'Passwords checked with SIGIL_LEAKED_PASSWORDS_URL. If a check fails, the password is accepted.',
    labels: { outcome: ['clean', 'leaked', 'failed'] },
  },
  sigil_hash_seconds: {
    kind: 'histogram',
    help: 'Time to hash one password, excluding the time in the queue.',
    labels: {},
    buckets: [0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1],
  },
  sigil_hash_queue_length: {
    kind: 'gauge',
    help: 'Passwords waiting to be hashed. Above 64 per hasher, requests get the error `busy`.',
    labels: {},
  },
  sigil_sessions_opened_total: {
    kind: 'counter',
    help: 'Sessions opened.',
    labels: {
      method: definedElsewhere([
        'password',
        'passkey',
        'totp',
        'recovery_code',
        'email_code',
        'magic_link',
        'upstream',
      ]),
    },
  },
  sigil_sessions_ended_total: {
    kind: 'counter',
    help: 'Sessions ended, by reason. Sessions that expire are not counted.',
    labels: {
      reason: definedElsewhere([
        'logout',
        'logout_all',
        'revoked',
        'refresh_token_reused',
        'password_changed',
        'email_changed',
        'disabled',
        'deleted',
        'crowded_out',
        'page_session_reused',
        'evicted',
      ]),
    },
  },
  sigil_provider_visits_total: {
    kind: 'counter',
    help: 'Callbacks from identity providers, by outcome. `failed` is an error of the provider: see the log.',
    labels: {
      outcome: ['signed_in', 'second_factor_due', 'link_offered', 'denied', 'expired', 'failed', 'refused'],
    },
  },
  sigil_refreshes_total: {
    kind: 'counter',
    help: 'Refresh tokens presented. `reused` means a replay, possibly after a theft; it ends the session.',
    labels: { outcome: ['rotated', 'repeated', 'reused', 'expired', 'ended', 'invalid'] },
  },
  sigil_http_seconds: {
    kind: 'histogram',
    help: 'Time from a request to its response. Includes requests that wait on purpose, such as long polls.',
    labels: {
      method: 'the method in the table of routes',
      route: 'the pattern in the table of routes, or `none`',
      status: ['2xx', '3xx', '4xx', '5xx'],
    },
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  sigil_verify_from_memory_total: {
    kind: 'counter',
    help: 'Tokens accepted by `GET /api/v1/auth/verify` from memory. Not included in `sigil_http_seconds`.',
    labels: {},
  },
  sigil_tickets_from_memory_total: {
    kind: 'counter',
    help: 'Tickets accepted by `GET /.sigil/verify` from memory. Not included in `sigil_http_seconds`.',
    labels: {},
  },
  sigil_database_seconds: {
    kind: 'histogram',
    help: 'Duration of statements and transactions, including the wait for a connection or for the writer.',
    labels: { engine: ['sqlite', 'postgres'], kind: ['query', 'transaction'] },
    buckets: fastBuckets,
  },
  sigil_database_errors_total: {
    kind: 'counter',
    help: 'Statements and transactions that failed, except for violated constraints.',
    labels: { error: ['away', 'commit_unknown', 'failed'] },
  },
  sigil_revocations_total: {
    kind: 'counter',
    help: 'Revocation log entries committed by this node.',
    labels: { kind: ['signature', 'session', 'grant', 'app', 'signing_key', 'mac_key'] },
  },
  sigil_revocation_wait_seconds: {
    kind: 'histogram',
    help: 'Time from the commit of a revocation until it had propagated everywhere.',
    labels: {},
    buckets: [...fastBuckets, 30, 60],
  },
  sigil_revocation_ack_seconds: {
    kind: 'histogram',
    help: 'Time from the commit of a revocation here until this node saw that another node had applied it.',
    labels: {},
    buckets: [...fastBuckets, 30, 60],
  },
  sigil_revocation_ack_slowest_seconds: {
    kind: 'gauge',
    help: 'Maximum acknowledgement time since this node started; 0 before the first.',
    labels: {},
  },
  sigil_revocation_outwaited_total: {
    kind: 'counter',
    help: 'Leaseholders that did not acknowledge a revocation of this node before their lease expired.',
    labels: {},
  },
  sigil_revocation_lease_age_seconds: {
    kind: 'gauge',
    help: 'Age of the last renewal of the lease of this node. 0 on SQLite, which needs no lease.',
    labels: {},
  },
  sigil_revocation_lease_held: {
    kind: 'gauge',
    help: '1 while this node holds its lease and may verify tokens, otherwise 0.',
    labels: {},
  },
  sigil_revocation_dead_keys: {
    kind: 'gauge',
    help: 'Revoked ids in memory, which every token check looks up.',
    labels: {},
  },
  sigil_revocation_log_head: {
    kind: 'gauge',
    help: 'The last revocation log entry that this node has applied.',
    labels: {},
  },
  sigil_revocation_holders: {
    kind: 'gauge',
    help: 'Leaseholders: nodes, as this node last read them, and the verifiers that poll this node.',
    labels: { kind: ['node', 'verifier'] },
  },
  sigil_revocation_acks_outstanding: {
    kind: 'gauge',
    help: 'Nodes that lag behind by more than one lease, and verifiers that lack an entry.',
    labels: { kind: ['node', 'verifier'] },
  },
  sigil_audit_events_total: {
    kind: 'counter',
    help: 'Events of the audit log that this node was the first to read after they were sealed.',
    labels: { event: 'as in the table of audit events' },
  },
  sigil_outbox_attempts_total: {
    kind: 'counter',
    help: 'Delivery attempts of this node from the outbox.',
    labels: { kind: 'what is sent', outcome: ['sent', 'failed', 'dead'] },
  },
  sigil_outbox_expired_total: {
    kind: 'counter',
    help: 'Deliveries that expired before they could be sent.',
    labels: {},
  },
  sigil_emails_total: {
    kind: 'counter',
    help: 'Emails that this node handed to the mail server, or to the mailbox of a development server.',
    labels: { message: 'the subject of the message' },
  },
  sigil_backups_total: {
    kind: 'counter',
    help: 'Scheduled backups that this node made or failed to make.',
    labels: { outcome: ['succeeded', 'failed'] },
  },
  sigil_backup_last_success_timestamp_seconds: {
    kind: 'gauge',
    help:
      'When the last scheduled backup of the database was complete, in seconds since 1970; 0 without any. ' +
      'Only where SIGIL_BACKUP_DIR is set.',
    labels: {},
  },
  process_cpu_seconds_total: {
    kind: 'counter',
    help: 'User and system CPU time.',
    labels: {},
  },
  process_resident_memory_bytes: { kind: 'gauge', help: 'Resident memory.', labels: {} },
  process_start_time_seconds: {
    kind: 'gauge',
    help: 'Start time of the process, in seconds since 1970.',
    labels: {},
  },
  nodejs_eventloop_active_seconds_total: {
    kind: 'counter',
    help: 'Time the event loop was busy. Its rate is the share of one core.',
    labels: {},
  },
} as const satisfies Readonly<Record<string, MetricRow>>

export type MetricName = keyof typeof metricRows
export const metricNames = Object.keys(metricRows) as MetricName[]

export function metricRow(name: MetricName): MetricRow {
  return metricRows[name]
}
