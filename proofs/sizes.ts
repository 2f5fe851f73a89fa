import type { Check } from '#proofs/checks.ts'
import type { RuleName, SightName } from '#proofs/rules.ts'

/**
 * A model in one size. It must hold as it is, fail with each rule dropped, and allow each required
 * possibility.
 */
export type Size = {
  readonly model: Check['model']
  readonly size: string
  readonly isLarge?: boolean
  readonly flags?: readonly string[]
  readonly rules?: readonly RuleName[]
  readonly sights?: readonly SightName[]
  /** Also shows that something eventually happens, and would not with the second flag. */
  readonly always?: Always
}

type Always = {
  readonly flag: string
  readonly about: string
  readonly without: string
  readonly dropped: string
}

const answered: Always = {
  flag: 'ALWAYS_ANSWERED',
  about: 'every revocation is eventually answered',
  without: 'NO_ANSWER_BY_WAITING',
  dropped: 'only acknowledgements end the wait',
}

const placed: Always = {
  flag: 'ALWAYS_PLACED',
  about: 'every waiting entry eventually gets a place',
  without: 'ONLY_ITS_OWN_ARE_PLACED',
  dropped: 'a node places entries only for its own callers',
}

const sealed: Always = {
  flag: 'ALWAYS_SEALED',
  about: 'every event is eventually sealed',
  without: 'LEASE_WITHOUT_AN_END',
  dropped: 'the lease of a sealer does not end',
}

export const small: readonly Size[] = [
  {
    model: 'revocation/nodes',
    size: '1 node, 1 revoker, lease 2',
    rules: [
      'LEASE_FROM_RECEIPT',
      'ACK_IN_THE_FETCH',
      'READ_BEFORE_REGISTER',
      'WAIT_BELOW_THE_LEASE',
      'NO_DRIFT_ALLOWANCE',
      'NO_GRANULE',
      'ROW_DELETED_BEFORE_THE_LEASE',
      'LATE_REPLY_AFTER_LEAVING',
      'CLOCK_CACHED',
      'HOLDERS_READ_BEFORE_THE_COMMIT',
      'WAIT_FROM_BEFORE_THE_COMMIT',
      'SUSPENSION_UNNOTICED',
      'SUSPENSION_MEASURED_FROM_THE_REPLY',
    ],
    sights: ['REACH_ACCEPT', 'REACH_ANSWER_BY_ACKS', 'REACH_ANSWER_BY_WAITING'],
    always: answered,
  },
  {
    model: 'revocation/nodes',
    size: '1 node, 1 revoker, a collector, lease 1',
    flags: ['COLLECTOR', 'LEASE=1'],
    rules: ['ANY_BEAT', 'RENEWAL_WITHOUT_ITS_ROW', 'COLLECTION_WAIT_BELOW_THE_LEASE'],
    sights: ['REACH_COLLECTION', 'REACH_RETURN_AFTER_COLLECTION'],
  },
  {
    model: 'revocation/nodes',
    size: '1 node, 2 revokers, lease 1',
    flags: ['REVOKERS=2', 'LEASE=1'],
    rules: ['LAST_KEY_ONLY', 'REPEAT_ANSWERED_AT_ONCE'],
    sights: ['REACH_NEXT_KEY_ACCEPTED', 'REACH_RETURN_AFTER_A_CRASH'],
  },
  {
    model: 'revocation/nodes',
    size: '2 nodes, 1 revoker, lease 1',
    flags: ['NODES=2', 'ROWS=2', 'LEASE=1'],
    rules: ['ONE_ACK_IS_ENOUGH'],
  },
  {
    model: 'revocation/verifier',
    size: 'lease 1, no drift',
    flags: ['LEASE=1', 'NO_DRIFT'],
    rules: [
      'ACK_WITHOUT_VERIFIERS',
      'SAME_ID_AFTER_RESTART',
      'SUB_LEASE_FROM_RECEIPT',
      'LEAVE_UNDER_SUB_LEASES',
      'ANSWER_IN_TWO_TURNS',
    ],
    sights: [
      'REACH_ACCEPT',
      'REACH_ANSWER_BY_ACKS',
      'REACH_ANSWER_BY_WAITING',
      'REACH_ACK_PAST_A_SILENT_VERIFIER',
      'REACH_LEASE_OUTLIVES_ITS_NODE',
      'REACH_RETURN_AFTER_A_CRASH',
    ],
  },
  {
    model: 'revocation/verifier',
    size: 'lease 3, no drift',
    flags: ['LEASE=3', 'NO_DRIFT'],
    rules: ['FULL_SUB_LEASE'],
  },
  {
    model: 'revocation/verifier',
    size: 'lease 1, no drift, 2 keys in turn',
    flags: ['LEASE=1', 'NO_DRIFT', 'KEYS=2'],
    sights: ['REACH_NEXT_KEY_ACCEPTED'],
  },
  {
    model: 'revocation/placing',
    size: '2 nodes, 2 sessions, 3 callers',
    rules: [
      'ANSWER_OVERTAKES_ITS_BATCH',
      'ANSWERED_BEFORE_ITS_PLACE',
      'REPEAT_IGNORES_WAITING',
      'APPENDER_IGNORES_WAITING',
      'HEAD_READ_BEFORE_WAITING',
      'ENTRY_COMMITTED_APART',
      'PLACES_WITHOUT_THE_LOCK',
      'ADVANCES_OVER_A_GAP',
    ],
    sights: ['REACH_PLACED_TOGETHER', 'REACH_REPEAT_PLACED_FOR_A_DEAD_NODE'],
    always: placed,
  },
  {
    model: 'audit/sealer',
    size: '2 sealers, 3 events, retention',
    rules: ['EVENTS_MARKED_APART', 'READ_BEFORE_THE_LOCK', 'LEASE_ALONE', 'HEAD_NOT_LOCKED'],
    sights: ['REACH_SEALED_AFTER_A_CRASH'],
    always: sealed,
  },
  {
    model: 'audit/sealer',
    size: '2 sealers, 3 events, retention, an intruder',
    flags: ['TAMPER'],
    rules: ['GAP_CLOSED'],
    sights: ['REACH_SEALED_BEHIND_A_GAP'],
  },
]

export const large: readonly Size[] = [
  {
    model: 'revocation/nodes',
    size: '1 node, 2 revokers, a collector, lease 1',
    isLarge: true,
    flags: ['REVOKERS=2', 'COLLECTOR', 'LEASE=1'],
    rules: ['COLLECTION_COUNTED_FROM_THE_COMMIT'],
  },
  { model: 'revocation/nodes', size: '1 node, 2 revokers, lease 2', isLarge: true, flags: ['REVOKERS=2'] },
  {
    model: 'revocation/nodes',
    size: '1 node, 1 revoker, a collector, lease 2',
    isLarge: true,
    flags: ['COLLECTOR'],
  },
  {
    model: 'revocation/verifier',
    size: 'lease 2, the verifier ticks first',
    isLarge: true,
    rules: ['SUB_LEASE_WAIT_WITHOUT_DRIFT'],
  },
  {
    model: 'revocation/verifier',
    size: 'lease 2, the revoker ticks first',
    isLarge: true,
    flags: ['VERIFIER_TICKS_FIRST=0'],
    rules: ['NO_GRANULE_FOR_THE_HOP'],
  },
  {
    model: 'revocation/verifier',
    size: 'lease 3, no drift, the revoker ticks first',
    isLarge: true,
    flags: ['LEASE=3', 'NO_DRIFT', 'VERIFIER_TICKS_FIRST=0'],
  },
  {
    model: 'revocation/verifier',
    size: 'a collector, lease 2, no drift',
    isLarge: true,
    flags: ['COLLECTOR', 'NO_DRIFT'],
    rules: ['COLLECTION_WAIT_BELOW_THE_SUB_LEASE'],
    sights: ['REACH_COLLECTION'],
  },
]
