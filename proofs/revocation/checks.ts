/** What a run of the model checker must find. */
export type Expected = 'holds' | 'counterexample' | 'seen' | 'always' | 'cycle'

export type Check = {
  readonly model: 'nodes' | 'verifier'
  /** How many of everything there are, in words. */
  readonly size: string
  readonly flags: readonly string[]
  readonly expected: Expected
  /** The rule that is dropped or the thing that must be possible, as the model spells it. */
  readonly name?: string
}

/**
 * A model in one size. It must hold as it is; with each rule dropped it must not, and each sight must be
 * possible: a model in which nothing ever happens would hold too.
 */
type Size = {
  readonly model: Check['model']
  readonly size: string
  readonly flags?: readonly string[]
  readonly rules?: readonly string[]
  readonly sights?: readonly string[]
  /** Shows as well that every revocation is answered in the end, and would not be without this rule. */
  readonly answersBecause?: string
}

const large: readonly Size[] = [
  { model: 'nodes', size: '1 node, 2 revokers, lease 2', flags: ['REVOKERS=2'] },
  {
    model: 'verifier',
    size: 'lease 2, node verifier revoker',
    flags: ['VERIFIER_TICKS_FIRST=1'],
    rules: ['SUB_LEASE_WAIT_WITHOUT_DRIFT'],
  },
  {
    model: 'verifier',
    size: 'lease 2, node revoker verifier',
    flags: ['VERIFIER_TICKS_FIRST=0'],
    rules: ['NO_GRANULE_FOR_THE_HOP'],
  },
]

const small: readonly Size[] = [
  {
    model: 'nodes',
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
    sights: ['REACH_ACCEPT', 'REACH_ANSWER_BY_ACKS', 'REACH_ANSWER_BY_WAITING', 'REACH_COLLECTION'],
    answersBecause: 'NO_ANSWER_BY_WAITING',
  },
  {
    model: 'nodes',
    size: '1 node, 2 revokers, lease 1',
    flags: ['REVOKERS=2', 'LEASE=1'],
    rules: [
      'ANY_BEAT',
      'RENEWAL_WITHOUT_ITS_ROW',
      'LAST_KEY_ONLY',
      'COLLECTION_COUNTED_FROM_THE_COMMIT',
      'COLLECTION_WAIT_BELOW_THE_LEASE',
      'REPEAT_ANSWERED_AT_ONCE',
    ],
    sights: ['REACH_NEXT_KEY_ACCEPTED', 'REACH_RETURN_AFTER_COLLECTION'],
  },
  {
    model: 'nodes',
    size: '2 nodes, 1 revoker, lease 1',
    flags: ['NODES=2', 'ROWS=2', 'LEASE=1'],
    rules: ['ONE_ACK_IS_ENOUGH'],
  },
  {
    model: 'verifier',
    size: 'lease 3, no drift, node verifier revoker',
    flags: ['LEASE=3', 'NO_DRIFT'],
    rules: [
      'FULL_SUB_LEASE',
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
    ],
  },
  {
    model: 'verifier',
    size: 'lease 3, no drift, node revoker verifier',
    flags: ['LEASE=3', 'NO_DRIFT', 'VERIFIER_TICKS_FIRST=0'],
  },
  {
    model: 'verifier',
    size: 'lease 1, no drift, 2 keys in turn',
    flags: ['LEASE=1', 'NO_DRIFT', 'KEYS=2'],
    sights: ['REACH_NEXT_KEY_ACCEPTED'],
  },
]

/** What takes minutes and gigabytes: for a change of the protocol, not for every change. */
const wide: readonly Size[] = [
  { model: 'nodes', size: '2 nodes, 1 revoker, lease 2', flags: ['NODES=2', 'ROWS=2'] },
  { model: 'nodes', size: '2 nodes, 3 rows, 1 revoker, lease 1', flags: ['NODES=2', 'LEASE=1'] },
  { model: 'verifier', size: 'lease 1, 2 keys in turn', flags: ['LEASE=1', 'KEYS=2'] },
  { model: 'verifier', size: 'lease 2, no drift, 2 keys in turn', flags: ['NO_DRIFT', 'KEYS=2'] },
]

/** Everything to check, what takes longest first. */
export function checks({ isWide }: { isWide: boolean }): Check[] {
  const sizes = [...(isWide ? wide : []), ...large, ...small]
  return [...sizes.map((size) => checkOf(size, 'holds')), ...sizes.flatMap(checksBeside)]
}

function checksBeside(size: Size): Check[] {
  const { rules = [], sights = [], answersBecause } = size
  const fair = ['ALWAYS_ANSWERED']
  return [
    ...rules.map((name) => checkOf(size, 'counterexample', name)),
    ...sights.map((name) => checkOf(size, 'seen', name)),
    ...(answersBecause ? [checkOf(size, 'always', undefined, fair)] : []),
    ...(answersBecause ? [checkOf(size, 'cycle', answersBecause, fair)] : []),
  ]
}

function checkOf(
  { model, size, flags = [] }: Size,
  expected: Expected,
  name?: string,
  more: readonly string[] = [],
): Check {
  const all = [...flags, ...more, ...(name === undefined ? [] : [name])].map((flag) => `-D${flag}`)
  return { model, size, flags: all, expected, ...(name === undefined ? {} : { name }) }
}
