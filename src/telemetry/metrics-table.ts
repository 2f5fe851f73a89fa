/** The values of a label; or, where others list them, what they are. Never a user or an address. */
type Values = readonly string[] | string

export type MetricRow = {
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: Readonly<Record<string, Values>>
  /** Upper bounds, of histograms only. */
  readonly buckets?: readonly number[]
}

const quick = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Every metric there is. `docs/reference/metrics.md` is printed from it. */
export const metricRows = {
  sigil_sign_ins_total: {
    kind: 'counter',
    help: 'Sign-ins by password or passkey, by outcome. An unknown login counts as wrong credentials.',
    labels: {
      outcome: ['signed_in', 'refused'],
      reason: ['none', 'wrong_credentials', 'wrong_code', 'wrong_passkey', 'disabled', 'limited', 'busy'],
    },
  },
  sigil_hash_seconds: {
    kind: 'histogram',
    help: 'How long one hash of a password took, without the time in the queue.',
    labels: {},
    buckets: [0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1],
  },
  sigil_hash_queue_length: {
    kind: 'gauge',
    help: 'Passwords that wait for a hasher. Past 64 for each hasher, callers are told to come later.',
    labels: {},
  },
  sigil_sessions_opened_total: {
    kind: 'counter',
    help: 'Sessions that began.',
    labels: { method: 'the first factor, as in the history of a user' },
  },
  sigil_sessions_ended_total: {
    kind: 'counter',
    help: 'Sessions that were ended. Those that expire are not counted: nothing happens then.',
    labels: {
      reason: [
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
      ],
    },
  },
  sigil_refreshes_total: {
    kind: 'counter',
    help: 'Refresh tokens presented. `reused` is one seen twice, as after a theft: it ends its session.',
    labels: { outcome: ['rotated', 'repeated', 'reused', 'expired', 'ended', 'invalid'] },
  },
  sigil_http_seconds: {
    kind: 'histogram',
    help: 'From when a call came until its answer was made or begun; calls that wait on purpose are in it.',
    labels: {
      method: 'as in the table of routes',
      route: 'the pattern in the table of routes, or `none`',
      status: ['2xx', '3xx', '4xx', '5xx'],
    },
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  sigil_verify_from_memory_total: {
    kind: 'counter',
    help: '`GET /api/v1/auth/verify` answered with yes beside the router. Not in `sigil_http_seconds`.',
    labels: {},
  },
  sigil_database_seconds: {
    kind: 'histogram',
    help: 'How long statements and transactions took, with the wait for a connection or the writer.',
    labels: { engine: ['sqlite', 'postgres'], kind: ['query', 'transaction'] },
    buckets: quick,
  },
  sigil_database_errors_total: {
    kind: 'counter',
    help: 'Statements and transactions that failed. A constraint that says no has not failed.',
    labels: { error: ['away', 'commit_unknown', 'failed'] },
  },
  sigil_revocations_total: {
    kind: 'counter',
    help: 'Entries of the revocation log that this node has committed.',
    labels: { kind: ['signature', 'session', 'signing_key', 'mac_key'] },
  },
  sigil_revocation_wait_seconds: {
    kind: 'histogram',
    help: 'From the commit of a revocation until it held everywhere, whether or not its caller waited.',
    labels: {},
    buckets: [...quick, 30, 60],
  },
  sigil_revocation_ack_seconds: {
    kind: 'histogram',
    help: 'From the commit of a revocation here until this node saw that another node had applied it.',
    labels: {},
    buckets: [...quick, 30, 60],
  },
  sigil_revocation_ack_slowest_seconds: {
    kind: 'gauge',
    help: 'The longest of those since this node started; 0 before the first.',
    labels: {},
  },
  sigil_revocation_outwaited_total: {
    kind: 'counter',
    help: 'Holders that did not acknowledge a revocation of this node, so that their lease was waited out.',
    labels: {},
  },
  sigil_revocation_lease_age_seconds: {
    kind: 'gauge',
    help: 'How old the renewal is that the lease of this node counts from. 0 on SQLite, which needs none.',
    labels: {},
  },
  sigil_revocation_lease_held: {
    kind: 'gauge',
    help: '1 while this node may judge tokens by what it knows, otherwise 0.',
    labels: {},
  },
  sigil_revocation_dead_keys: {
    kind: 'gauge',
    help: 'Keys in the set that every check looks into.',
    labels: {},
  },
  sigil_revocation_log_head: {
    kind: 'gauge',
    help: 'The place in the log up to which this node has applied it.',
    labels: {},
  },
  sigil_revocation_holders: {
    kind: 'gauge',
    help: 'Who may accept tokens: nodes, as this one last read, and the verifiers that poll this one.',
    labels: { kind: ['node', 'verifier'] },
  },
  sigil_revocation_acks_outstanding: {
    kind: 'gauge',
    help: 'Nodes that had not acknowledged what was known one lease before; verifiers that lack an entry.',
    labels: { kind: ['node', 'verifier'] },
  },
  process_cpu_seconds_total: {
    kind: 'counter',
    help: 'Time on the processor, of the program and of the system on its behalf.',
    labels: {},
  },
  process_resident_memory_bytes: { kind: 'gauge', help: 'Memory held.', labels: {} },
  process_start_time_seconds: {
    kind: 'gauge',
    help: 'When the process started, in seconds since 1970.',
    labels: {},
  },
  nodejs_eventloop_active_seconds_total: {
    kind: 'counter',
    help: 'Time that the event loop was busy: its rate is the share of one core.',
    labels: {},
  },
} as const satisfies Readonly<Record<string, MetricRow>>

export type MetricName = keyof typeof metricRows
export const metricNames = Object.keys(metricRows) as MetricName[]

export function metricRow(name: MetricName): MetricRow {
  return metricRows[name]
}
