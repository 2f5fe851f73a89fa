import { type Mutation, postgres, sqlite } from '#test/mutations/mutation.ts'

/** The chain of the audit log, and the outbox, which delivers every event. */
export const records: readonly Mutation[] = [
  {
    without: 'the sealer leaves a gap after a changed head',
    guard: /const from = isIntact \? head : await afterGap\(query, head\)/,
    becomes: 'const from = head ?? (await afterGap(query, head))',
    caughtBy: sqlite('audit/chain'),
  },
  {
    without: 'each event is chained to the one before',
    in: 'writeSegment',
    guard: /previous: hash \}/,
    becomes: 'previous: from.hash }',
    caughtBy: sqlite('audit/chain'),
  },
  {
    without: 'an event that was changed is reported',
    in: 'whyEventBroken',
    guard: /if \(!isAsWritten\(keys, event\)\) return/,
    becomes: 'if (!isAsWritten) return',
    caughtBy: sqlite('audit/tampering'),
  },
  {
    without: 'a changed event that is not sealed yet is reported',
    in: 'verifyUnsealed',
    guard: /if \(!isAsWritten\(keys, event\)\) return/,
    becomes: 'if (!isAsWritten) return',
    caughtBy: sqlite('audit/tampering'),
  },
  {
    without: 'a head that was changed is reported',
    in: 'whyEndBroken',
    guard: /return isAuthentic\(head, keys\.macKeyEver\) \?/,
    becomes: 'return isAuthentic ?',
    caughtBy: sqlite('audit/chain'),
  },
  {
    without: 'one worker at a time reads events for the outbox',
    in: 'lockReader',
    guard: /update outbox_readers set cursor = cursor (where \S+ = \S+) returning cursor/,
    becomes: 'select cursor from outbox_readers $1',
    caughtBy: postgres('outbox/outbox'),
  },
  {
    without: 'a claimed delivery is not claimed again until its lease ends',
    in: 'claimDeliveries',
    guard: /next_attempt_at = \$\{until\}/,
    becomes: 'next_attempt_at = next_attempt_at',
    caughtBy: sqlite('outbox/outbox'),
  },
  {
    without: 'a worker that waited for a claim checks again whether the delivery is due',
    in: 'claimDeliveries',
    guard: /(?<=where state = 'due') and next_attempt_at <= \$\{now\}(?= and expires_at)/,
    becomes: '',
    caughtBy: postgres('outbox/outbox'),
  },
]
