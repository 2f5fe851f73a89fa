import { type RuleName, rules, type SightName, sights } from '#proofs/revocation/rules.ts'

/** What a run of the model checker must find. */
export type Expected = 'holds' | 'counterexample' | 'seen' | 'always' | 'cycle'

export type Check = {
  readonly model: 'nodes' | 'verifier'
  /** How many of everything there are, in words. */
  readonly size: string
  /** Takes over half a gigabyte, so nothing else runs beside it. */
  readonly isLarge: boolean
  readonly flags: readonly string[]
  readonly expected: Expected
  /** The rule that is dropped or the thing that must be possible, as the model spells it. */
  readonly name?: string
  /** The same in words. */
  readonly about: string
}

/**
 * A model in one size. It must hold as it is; with each rule dropped it must not, and each sight must be
 * possible.
 */
type Size = {
  readonly model: Check['model']
  readonly size: string
  readonly isLarge?: boolean
  readonly flags?: readonly string[]
  readonly rules?: readonly RuleName[]
  readonly sights?: readonly SightName[]
  /** Shows as well that all are answered in the end, and would not be by acknowledgements alone. */
  readonly isAnswered?: true
}

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
    sights: ['REACH_ACCEPT', 'REACH_ANSWER_BY_ACKS', 'REACH_ANSWER_BY_WAITING'],
    isAnswered: true,
  },
  {
    model: 'nodes',
    size: '1 node, 1 revoker, a collector, lease 1',
    flags: ['COLLECTOR', 'LEASE=1'],
    rules: ['ANY_BEAT', 'RENEWAL_WITHOUT_ITS_ROW', 'COLLECTION_WAIT_BELOW_THE_LEASE'],
    sights: ['REACH_COLLECTION', 'REACH_RETURN_AFTER_COLLECTION'],
  },
  {
    model: 'nodes',
    size: '1 node, 2 revokers, lease 1',
    flags: ['REVOKERS=2', 'LEASE=1'],
    rules: ['LAST_KEY_ONLY', 'REPEAT_ANSWERED_AT_ONCE'],
    sights: ['REACH_NEXT_KEY_ACCEPTED', 'REACH_RETURN_AFTER_A_CRASH'],
  },
  {
    model: 'nodes',
    size: '2 nodes, 1 revoker, lease 1',
    flags: ['NODES=2', 'ROWS=2', 'LEASE=1'],
    rules: ['ONE_ACK_IS_ENOUGH'],
  },
  {
    model: 'verifier',
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
    model: 'verifier',
    size: 'lease 3, no drift',
    flags: ['LEASE=3', 'NO_DRIFT'],
    rules: ['FULL_SUB_LEASE'],
  },
  {
    model: 'verifier',
    size: 'lease 1, no drift, 2 keys in turn',
    flags: ['LEASE=1', 'NO_DRIFT', 'KEYS=2'],
    sights: ['REACH_NEXT_KEY_ACCEPTED'],
  },
]

const large: readonly Size[] = [
  {
    model: 'nodes',
    size: '1 node, 2 revokers, a collector, lease 1',
    isLarge: true,
    flags: ['REVOKERS=2', 'COLLECTOR', 'LEASE=1'],
    rules: ['COLLECTION_COUNTED_FROM_THE_COMMIT'],
  },
  { model: 'nodes', size: '1 node, 2 revokers, lease 2', isLarge: true, flags: ['REVOKERS=2'] },
  {
    model: 'nodes',
    size: '1 node, 1 revoker, a collector, lease 2',
    isLarge: true,
    flags: ['COLLECTOR'],
  },
  {
    model: 'verifier',
    size: 'lease 2, the verifier ticks first',
    isLarge: true,
    rules: ['SUB_LEASE_WAIT_WITHOUT_DRIFT'],
  },
  {
    model: 'verifier',
    size: 'lease 2, the revoker ticks first',
    isLarge: true,
    flags: ['VERIFIER_TICKS_FIRST=0'],
    rules: ['NO_GRANULE_FOR_THE_HOP'],
  },
  {
    model: 'verifier',
    size: 'lease 3, no drift, the revoker ticks first',
    isLarge: true,
    flags: ['LEASE=3', 'NO_DRIFT', 'VERIFIER_TICKS_FIRST=0'],
  },
  {
    model: 'verifier',
    size: 'a collector, lease 2, no drift',
    isLarge: true,
    flags: ['COLLECTOR', 'NO_DRIFT'],
    rules: ['COLLECTION_WAIT_BELOW_THE_SUB_LEASE'],
    sights: ['REACH_COLLECTION'],
  },
]

/** The smallest size of each model as it is, and with one rule dropped: a few seconds together. */
export function firstChecks(): Check[] {
  const sizes = ['nodes', 'verifier'].flatMap((model) => small.find((size) => size.model === model) ?? [])
  return sizes.flatMap((size) => checksOf(size).slice(0, 2))
}

/** Everything, the large ones first. */
export function allChecks(): Check[] {
  return [...large, ...small].flatMap(checksOf).sort((a, b) => Number(b.isLarge) - Number(a.isLarge))
}

function checksOf(size: Size): Check[] {
  const { rules: dropped = [], sights: possible = [], isAnswered } = size
  const answered = [
    checkOf(size, 'always', 'every revocation is answered in the end', ['ALWAYS_ANSWERED']),
    checkOf(size, 'cycle', 'an answer is given by acknowledgements alone', [
      'ALWAYS_ANSWERED',
      'NO_ANSWER_BY_WAITING',
    ]),
  ]
  return [
    checkOf(size, 'holds', 'every rule is kept', []),
    ...dropped.map((name) => ({ ...checkOf(size, 'counterexample', rules[name].dropped, [name]), name })),
    ...possible.map((name) => ({ ...checkOf(size, 'seen', sights[name], [name]), name })),
    ...(isAnswered ? answered : []),
  ]
}

function checkOf(
  { model, size, isLarge = false, flags = [] }: Size,
  expected: Expected,
  about: string,
  more: readonly string[],
): Check {
  // A counterexample is found long before all states have been looked at.
  const takesAll = expected === 'holds'
  const all = [...flags, ...more].map((flag) => `-D${flag}`)
  return { model, size, isLarge: isLarge && takesAll, flags: all, expected, about }
}
