type Rule = {
  /** What happens instead of the rule. */
  readonly dropped: string
  /** Why the promise is broken then: a revoked id is accepted, or `sigil audit verify` is wrong. */
  readonly breaks: string
}

/** Each rule of the protocols, by its name in the models. Without it they must break their promise. */
export const rules = {
  LEASE_FROM_RECEIPT: {
    dropped: 'the lease is counted from the arrival of the reply',
    breaks: 'after a slow reply, the lease outlasts the wait',
  },
  ACK_IN_THE_FETCH: {
    dropped: 'the statement that fetches the log also acknowledges it',
    breaks: 'the reply is in transit when the call is answered',
  },
  READ_BEFORE_REGISTER: {
    dropped: 'the log is read before the row is committed',
    breaks: 'the revoker sees no row to wait for',
  },
  WAIT_BELOW_THE_LEASE: { dropped: 'W is shorter than the lease', breaks: 'a silent node is still live' },
  NO_DRIFT_ALLOWANCE: {
    dropped: 'W makes no allowance for drift',
    breaks: 'on a slow clock, the lease still runs',
  },
  NO_GRANULE: {
    dropped: 'W makes no allowance for the granule',
    breaks: 'on a clock that ticks later, the lease still runs',
  },
  ROW_DELETED_BEFORE_THE_LEASE: {
    dropped: 'a leaving node deletes its row before it drops its lease',
    breaks: 'no revoker waits for it, and it still accepts',
  },
  LATE_REPLY_AFTER_LEAVING: {
    dropped: 'a reply that arrives after leaving still grants a lease',
    breaks: 'it accepts without a row',
  },
  CLOCK_CACHED: {
    dropped: 'the clock is not read within verify',
    breaks: 'a lease that has ended counts as valid',
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
    dropped: 'a machine that was suspended keeps its lease',
    breaks: 'its clock stood still, so its lease lasts too long',
  },
  SUSPENSION_MEASURED_FROM_THE_REPLY: {
    dropped: 'a suspension during a renewal does not count',
    breaks: 'the reply grants a lease that is too long',
  },
  ANY_BEAT: {
    dropped: 'a silent row is deleted even if its heartbeat changed',
    breaks: 'it was renewed meanwhile, and no revoker waits for it',
  },
  RENEWAL_WITHOUT_ITS_ROW: {
    dropped: 'a renewal that finds no row grants a lease',
    breaks: 'a collected node continues, and no revoker waits for it',
  },
  COLLECTION_WAIT_BELOW_THE_LEASE: {
    dropped: 'a silent row is deleted before a full wait has passed',
    breaks: 'its lease still runs, and no revoker waits for it',
  },
  COLLECTION_COUNTED_FROM_THE_COMMIT: {
    dropped: 'that wait is counted from a commit, not the heartbeat',
    breaks: 'the row may be younger than the commit',
  },
  LAST_KEY_ONLY: {
    dropped: 'only the last revocation is remembered',
    breaks: 'the second revives what the first revoked',
  },
  REPEAT_ANSWERED_AT_ONCE: {
    dropped: 'a repeat is answered without waiting',
    breaks: 'a node may still accept what the first call revoked',
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
    dropped: 'a restarted node reuses its old id',
    breaks: 'it has forgotten its verifiers',
  },
  SUB_LEASE_FROM_RECEIPT: {
    dropped: 'a verifier counts its lease from the response',
    breaks: 'after a slow response, the lease outlasts the wait',
  },
  LEAVE_UNDER_SUB_LEASES: {
    dropped: 'a leaving node deletes its row under sub-leases',
    breaks: 'no revoker waits for its verifier',
  },
  ANSWER_IN_TWO_TURNS: {
    dropped: 'entries and lease of a response are read separately',
    breaks: 'the lease is newer than the entries',
  },
  SUB_LEASE_WAIT_WITHOUT_DRIFT: {
    dropped: 'the wait for sub-leases makes no allowance for drift',
    breaks: 'on a slow verifier, the lease still runs',
  },
  NO_GRANULE_FOR_THE_HOP: {
    dropped: 'W makes no allowance for the granule of the second hop',
    breaks: 'the verifier ticks later than its node',
  },
  COLLECTION_WAIT_BELOW_THE_SUB_LEASE: {
    dropped: 'a silent row is deleted before a full wait has passed',
    breaks: 'the lease of its verifier may still run',
  },
  ANSWER_OVERTAKES_ITS_BATCH: {
    dropped: 'a caller shares a placing that has already begun',
    breaks: 'the waiting entries were read before its own',
  },
  ANSWERED_BEFORE_ITS_PLACE: {
    dropped: 'a waiting entry is answered before it has a place',
    breaks: 'no reader of the log sees it yet',
  },
  REPEAT_IGNORES_WAITING: {
    dropped: 'a repeat waits for the head alone',
    breaks: 'the entry of the earlier call has no place yet',
  },
  APPENDER_IGNORES_WAITING: {
    dropped: 'a caller that appends does not have earlier entries placed',
    breaks: 'it is answered while one that it relies on has no place yet',
  },
  HEAD_READ_BEFORE_WAITING: {
    dropped: 'a repeat reads the head, then the waiting entries',
    breaks: 'the entry was placed in between, above that head',
  },
  ENTRY_COMMITTED_APART: {
    dropped: 'the session ends in one commit, its entry in another',
    breaks: 'a repeat finds the session ended, and no entry',
  },
  PLACES_WITHOUT_THE_LOCK: {
    dropped: 'places are taken without the lock of the head',
    breaks: 'a reader skips a place that is not committed yet',
  },
  ADVANCES_OVER_A_GAP: {
    dropped: 'a node skips unread entries before its own',
    breaks: 'it never reads the entries in between',
  },
  READ_BEFORE_THE_LOCK: {
    dropped: 'a sealer reads head and events before it has the lock',
    breaks: 'two sealers use the same places',
  },
  LEASE_ALONE: {
    dropped: 'a sealer relies on its lease, without a lock',
    breaks: 'clocks disagree, and two sealers have a lease',
  },
  HEAD_NOT_LOCKED: {
    dropped: 'a sealer does not lock the head',
    breaks: 'it overwrites the beginning that retention has set',
  },
  EVENTS_MARKED_APART: {
    dropped: 'events get their places in a separate commit',
    breaks: 'a sealer that stops leaves them without a segment',
  },
  GAP_CLOSED: {
    dropped: 'a sealer continues from a head that was changed',
    breaks: 'its signature hides that an event was deleted',
  },
} as const satisfies Record<string, Rule>

/** Required possibilities: the promise would also hold in a model in which nothing happens. */
export const sights = {
  REACH_ACCEPT: 'an id that was not revoked is accepted',
  REACH_ANSWER_BY_ACKS: 'all live nodes acknowledge, and the call returns early',
  REACH_ANSWER_BY_WAITING: 'a node stays silent, and the call is answered after W',
  REACH_COLLECTION: 'a silent row is deleted',
  REACH_NEXT_KEY_ACCEPTED: 'one id is revoked, and the next is accepted',
  REACH_RETURN_AFTER_COLLECTION: 'a node whose row was deleted registers again and accepts',
  REACH_RETURN_AFTER_A_CRASH: 'a crashed node comes back and accepts',
  REACH_ACK_PAST_A_SILENT_VERIFIER: 'a sub-lease ends, and the node acknowledges without it',
  REACH_LEASE_OUTLIVES_ITS_NODE: 'a verifier accepts while its node has crashed and is back',
  REACH_PLACED_TOGETHER: 'two waiting entries are placed in one transaction',
  REACH_REPEAT_PLACED_FOR_A_DEAD_NODE: 'a node stops between two commits, and a repeat is answered',
  REACH_SEALED_AFTER_A_CRASH: 'a sealer stops before its commit, and another continues',
  REACH_SEALED_BEHIND_A_GAP: 'the head was changed, and the log continues after a gap',
} as const satisfies Record<string, string>

export type RuleName = keyof typeof rules
export type SightName = keyof typeof sights
