type Rule = {
  /** What happens instead of the rule. */
  readonly dropped: string
  /** Why the promise is broken then: a revoked id is accepted, or `sigil audit verify` is wrong. */
  readonly breaks: string
}

/** Each rule of the protocols, by its name in the models. Without it they must break their promise. */
export const rules = {
  LEASE_FROM_RECEIPT: {
    dropped: 'the lease is counted from when the reply came',
    breaks: 'a slow reply outlives the wait',
  },
  ACK_IN_THE_FETCH: {
    dropped: 'the fetching statement acknowledges',
    breaks: 'the reply is in transit when the call is answered',
  },
  READ_BEFORE_REGISTER: {
    dropped: 'the log is read before the row is committed',
    breaks: 'the revoker sees no row to wait for',
  },
  WAIT_BELOW_THE_LEASE: { dropped: 'W is shorter than the lease', breaks: 'a silent node is still live' },
  NO_DRIFT_ALLOWANCE: { dropped: 'W allows for no drift', breaks: 'a slow clock is still in its lease' },
  NO_GRANULE: {
    dropped: 'W allows for no granule',
    breaks: 'a clock that ticks later is still in its lease',
  },
  ROW_DELETED_BEFORE_THE_LEASE: {
    dropped: 'a leaving node deletes its row before it drops its lease',
    breaks: 'no revoker waits for it, and it still accepts',
  },
  LATE_REPLY_AFTER_LEAVING: {
    dropped: 'a reply that comes after leaving still brings a lease',
    breaks: 'it accepts without a row',
  },
  CLOCK_CACHED: {
    dropped: 'the clock is not read within verify',
    breaks: 'a lease that has ended is believed',
  },
  HOLDERS_READ_BEFORE_THE_COMMIT: {
    dropped: 'the leaseholders are read before the commit',
    breaks: 'a node that registers in between is not waited for',
  },
  WAIT_FROM_BEFORE_THE_COMMIT: {
    dropped: 'W is counted from before the reply to the commit',
    breaks: 'a lease may be younger than the wait',
  },
  SUSPENSION_UNNOTICED: {
    dropped: 'a machine that was suspended goes on',
    breaks: 'its clock stood still, and its lease with it',
  },
  SUSPENSION_MEASURED_FROM_THE_REPLY: {
    dropped: 'a suspension during a renewal does not count',
    breaks: 'the reply brings a lease that is too long',
  },
  ANY_BEAT: {
    dropped: 'a silent row is deleted whatever its beat',
    breaks: 'it was renewed meanwhile, and no revoker waits for it',
  },
  RENEWAL_WITHOUT_ITS_ROW: {
    dropped: 'a renewal without its row brings a lease',
    breaks: 'a collected node continues, and no revoker waits for it',
  },
  COLLECTION_WAIT_BELOW_THE_LEASE: {
    dropped: 'a silent row is deleted sooner than a whole wait',
    breaks: 'its lease still runs, and no revoker waits for it',
  },
  COLLECTION_COUNTED_FROM_THE_COMMIT: {
    dropped: 'that wait is counted from a commit, not from the beat',
    breaks: 'the row may be younger than the commit',
  },
  LAST_KEY_ONLY: {
    dropped: 'only the last revocation is remembered',
    breaks: 'the second revives what the first revoked',
  },
  REPEAT_ANSWERED_AT_ONCE: {
    dropped: 'a repeat is answered without waiting',
    breaks: 'the first caller is still waiting, rightly',
  },
  ONE_ACK_IS_ENOUGH: {
    dropped: 'one acknowledgement of several is enough',
    breaks: 'the other node has not applied it',
  },
  FULL_SUB_LEASE: {
    dropped: 'a verifier is lent a whole lease, not the rest',
    breaks: 'it outlives the lease of its node',
  },
  ACK_WITHOUT_VERIFIERS: {
    dropped: 'a node acknowledges without its verifiers',
    breaks: 'the verifier has not applied it',
  },
  SAME_ID_AFTER_RESTART: {
    dropped: 'a restarted node comes back under its old id',
    breaks: 'it has forgotten its verifiers',
  },
  SUB_LEASE_FROM_RECEIPT: {
    dropped: 'a verifier counts its lease from the receipt',
    breaks: 'a slow answer outlives the wait',
  },
  LEAVE_UNDER_SUB_LEASES: {
    dropped: 'a leaving node deletes its row under sub-leases',
    breaks: 'no revoker waits for its verifier',
  },
  ANSWER_IN_TWO_TURNS: {
    dropped: 'the entries and the lease are of two moments',
    breaks: 'the lease is younger than the entries',
  },
  SUB_LEASE_WAIT_WITHOUT_DRIFT: {
    dropped: 'a node waits out sub-leases without drift',
    breaks: 'a slow verifier is still in its lease',
  },
  NO_GRANULE_FOR_THE_HOP: {
    dropped: 'W allows for no granule of the second hop',
    breaks: 'the verifier ticks later than its node',
  },
  COLLECTION_WAIT_BELOW_THE_SUB_LEASE: {
    dropped: 'a silent row is deleted sooner than a whole wait',
    breaks: 'its verifier may still be in its lease',
  },
  ANSWER_OVERTAKES_ITS_BATCH: {
    dropped: 'a caller shares a placing that is under way',
    breaks: 'the waiting entries were read before its own',
  },
  ANSWERED_BEFORE_ITS_PLACE: {
    dropped: 'a waiting entry is answered before it has a place',
    breaks: 'no reader of the log sees it yet',
  },
  REPEAT_IGNORES_WAITING: {
    dropped: 'a repeat waits for the head only',
    breaks: 'the entry of the earlier call has no place yet',
  },
  HEAD_READ_BEFORE_WAITING: {
    dropped: 'a repeat reads the head, then what waits',
    breaks: 'the entry was placed in between, above that head',
  },
  ENTRY_COMMITTED_APART: {
    dropped: 'the session ends in one commit, its entry in another',
    breaks: 'a repeat finds it ended, and no entry',
  },
  PLACES_WITHOUT_THE_LOCK: {
    dropped: 'places are taken without the lock of the head',
    breaks: 'a reader passes a place that is not committed',
  },
  ADVANCES_OVER_A_GAP: {
    dropped: 'a node goes on from its own entry over unread ones',
    breaks: 'it never reads the entries in between',
  },
  READ_BEFORE_THE_LOCK: {
    dropped: 'a sealer reads head and events before it has the lock',
    breaks: 'two sealers use the same places',
  },
  LEASE_ALONE: {
    dropped: 'a sealer relies on its lease, without a lock',
    breaks: 'clocks disagree, and two sealers have it',
  },
  HEAD_NOT_LOCKED: {
    dropped: 'a sealer does not lock the head',
    breaks: 'it overwrites where retention has moved the beginning',
  },
  EVENTS_MARKED_APART: {
    dropped: 'events get their places in a commit of their own',
    breaks: 'a sealer that stops leaves them without a segment',
  },
  GAP_CLOSED: {
    dropped: 'a sealer goes on from a head that was changed',
    breaks: 'it signs that a deleted event never was',
  },
} as const satisfies Record<string, Rule>

/** Required possibilities: the promise would also hold in a model in which nothing happens. */
export const sights = {
  REACH_ACCEPT: 'an id that was not revoked is accepted',
  REACH_ANSWER_BY_ACKS: 'all live nodes acknowledge, and it is answered early',
  REACH_ANSWER_BY_WAITING: 'a node stays silent, and it is answered after W',
  REACH_COLLECTION: 'a silent row is deleted',
  REACH_NEXT_KEY_ACCEPTED: 'one id is revoked, and the next is accepted',
  REACH_RETURN_AFTER_COLLECTION: 'a node whose row was deleted registers again and accepts',
  REACH_RETURN_AFTER_A_CRASH: 'a crashed node comes back and accepts',
  REACH_ACK_PAST_A_SILENT_VERIFIER: 'a sub-lease lapses, and the node acknowledges without it',
  REACH_LEASE_OUTLIVES_ITS_NODE: 'a verifier accepts while its node has crashed and is back',
  REACH_PLACED_TOGETHER: 'two waiting entries are placed in one transaction',
  REACH_REPEAT_PLACED_FOR_A_DEAD_NODE: 'a node stops between two commits, and a repeat is answered',
  REACH_SEALED_AFTER_A_CRASH: 'a sealer stops before its commit, and another one goes on',
  REACH_SEALED_BEHIND_A_GAP: 'the head was changed, and the log goes on behind a gap',
} as const satisfies Record<string, string>

export type RuleName = keyof typeof rules
export type SightName = keyof typeof sights
