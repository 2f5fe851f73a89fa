/*
 * A server node and a verifier under a nested lease.
 *
 * The verifier polls the node: the poll acknowledges and renews, and the answer lends what is left of the
 * node's own lease. A renewal and its fetch, a commit and its answer are one step here; nodes.pml
 * separates them. That file and ../README.md explain how to read the models and what a name after -D does.
 */

#ifndef KEYS
#define KEYS 1
#endif
#ifndef LEASE
#define LEASE 2
#endif
/* The clocks tick in turn: node, verifier, revoker, or node, revoker, verifier. */
#ifndef VERIFIER_TICKS_FIRST
#define VERIFIER_TICKS_FIRST 1
#endif
#define ROWS 2
#define NO_ROW ROWS

#define SLIP_EVERY (LEASE + 1)
#define GRANULE 1
#define up(a, b) (((a) + (b) - 1) / (b))
#ifdef NO_DRIFT
#define stretched(t) (t)
#define maySlip(clock) false
#else
#define stretched(t) up(up((t) * SLIP_EVERY, SLIP_EVERY - 1) * (SLIP_EVERY + 1), SLIP_EVERY)
#define maySlip(clock) (clock.steady == 0)
#endif

/* The rest of a lease is known to within a granule, so one that is passed on may last a granule longer. */
#if defined(NO_GRANULE_FOR_THE_HOP)
#define WAIT (stretched(LEASE) + GRANULE)
#else
#define WAIT (stretched(LEASE + GRANULE) + GRANULE)
#endif

/* Ticks that a node counts until a sub-lease has ended on the verifier's clock. */
#if defined(SUB_LEASE_WAIT_WITHOUT_DRIFT)
#define lapses(t) ((t) == 0 -> 0 : (t) + GRANULE)
#else
#define lapses(t) ((t) == 0 -> 0 : stretched(t) + GRANULE)
#endif

mtype:life = { out, joined, leaving }
mtype:call = { idle, asked, answering, refusing }
mtype:poll = { none, sent, held, composed, answer }
mtype:stage = { quiet, replied, waiting, done }

typedef Node {
  mtype:life life = out;
  mtype:call call = idle;
  unsigned row : 2 = NO_ROW;
  unsigned offer : 2;    /* what is left of the lease that the pending call may grant */
  unsigned lease : 2;    /* what is left of the lease in force */
  unsigned seen : 2;     /* the head in the pending reply */
  unsigned applied : 2;  /* ids 1 to this one are in the set */
  unsigned lent : 4;     /* what is left until every sub-lease has certainly ended */
  unsigned heard : 2;    /* what the verifier has acknowledged */
  unsigned steady : 2;   /* ticks until this clock may slip again */
#ifdef REACH_ACK_PAST_A_SILENT_VERIFIER
  bit everLent;
#endif
}

typedef Verifier {
  mtype:poll poll = none;
  unsigned since : 2;    /* how long ago the poll was sent, while the node has it */
  unsigned offer : 2;    /* what is left of the lease in the pending answer, counted from the poll */
  unsigned told : 2;     /* the head in the pending answer */
  unsigned lease : 2;
  unsigned applied : 2;
  unsigned steady : 2;
#ifdef REACH_RETURN_AFTER_A_CRASH
  bit hasCrashed;
#endif
}

typedef Row {
  bit exists;
  unsigned acked : 2;
  bit watched;           /* the revoker listed it, and it has neither acknowledged nor left */
  bit silent;            /* the collector read its heartbeat, and it was not renewed since */
}

typedef Revoker {
  mtype:stage stage = quiet;
  unsigned wait : 4;     /* what is left of W */
  unsigned steady : 2;
}

typedef Collector {
  unsigned wait : 4;     /* what is left of W, counted from when it read the heartbeats */
  unsigned steady : 2;
}

Node node;
Verifier verifier;
Row row[ROWS];
Revoker revoker;
Collector collector;
unsigned head : 2;
unsigned answered : 2;   /* the revocations of ids 1 to this one are answered */
unsigned turn : 2;
byte by;                 /* how far a clock moves, 0 between steps */

#define larger(a, b) ((a) > (b) -> (a) : (b))
#define smaller(a, b) ((a) < (b) -> (a) : (b))
#define less(a, b) ((a) > (b) -> (a) - (b) : 0)

/* An id is reused only once nothing refers to it. */
#define unused(r) (!row[r].exists && node.row != r && !row[r].watched)
#define anyUnacked (row[0].watched || row[1].watched)
#ifdef SAME_ID_AFTER_RESTART
#define choice (row[0].exists -> 0 : (row[1].exists -> 1 : (unused(0) -> 0 : 1)))
#else
#define choice (unused(0) -> 0 : 1)
#endif

/* What the node may acknowledge: what it has applied, and the verifier too while it has a lease. */
#ifdef ACK_WITHOUT_VERIFIERS
#define settled (node.applied)
#else
#define settled (node.lent == 0 -> node.applied : smaller(node.applied, node.heard))
#endif
#ifdef LEAVE_UNDER_SUB_LEASES
#define mayGo (node.life == leaving)
#else
#define mayGo (node.life == leaving && node.lent == 0)
#endif

/* The poll has reached the node, or is on its way there. */
#define pollIsHere (verifier.poll == sent || verifier.poll == held || verifier.poll == composed)

#define nodeAccepts(k) (node.lease > 0 && node.applied < k)
#define verifierAccepts(k) (verifier.lease > 0 && verifier.applied < k)

#if defined(REACH_ACCEPT)
#define SIGHT (head == 0 && verifierAccepts(1))
#elif defined(REACH_LEASE_OUTLIVES_ITS_NODE)
#define SIGHT (node.life == joined && node.lent == 0 && row[0].exists && row[1].exists && verifierAccepts(1))
#elif defined(REACH_RETURN_AFTER_A_CRASH)
#define SIGHT (answered == 0 && verifier.hasCrashed && verifierAccepts(1))
#elif defined(REACH_NEXT_KEY_ACCEPTED)
#define SIGHT (answered == 1 && head == 1 && verifier.applied == 1 && verifierAccepts(2))
#endif

/* ------------------------------------------------------------------------------------------- the database */

inline deleteRow(which) {
  row[which].exists = 0;
  row[which].acked = 0;
  row[which].watched = 0;
  row[which].silent = 0
}

/* ----------------------------------------------------------------------------------------------- the node */

inline endCall() {
  node.call = idle;
  node.offer = 0;
  node.seen = 0
}

inline endPoll() {
  verifier.poll = none;
  verifier.since = 0;
  verifier.offer = 0;
  verifier.told = 0
}

inline dropPollsHere() {
  if
  :: pollIsHere -> endPoll()
  :: else
  fi
}

/* The process has ended or starts again: it remembers no ids, leases or sub-leases. */
inline stop() {
  node.life = out;
  node.row = NO_ROW;
  node.lease = 0;
  node.applied = 0;
  node.lent = 0;
  node.heard = 0;
#ifdef REACH_ACK_PAST_A_SILENT_VERIFIER
  node.everLent = 0;
#endif
}

/* The answer carries the ids and the rest of the lease as of one moment. */
inline compose() {
  verifier.told = node.applied
}

inline lend() {
#ifdef FULL_SUB_LEASE
  verifier.offer = (node.lease > 0 -> LEASE : 0);
#else
  verifier.offer = node.lease;
#endif
  node.lent = larger(node.lent, lapses(verifier.offer));
#ifdef REACH_ACK_PAST_A_SILENT_VERIFIER
  node.everLent = node.everLent || (verifier.offer > 0);
#endif
  printf("the node answers the poll: up to %d, and a lease of %d\n", verifier.told, verifier.offer);
#ifndef SUB_LEASE_FROM_RECEIPT
  verifier.offer = less(verifier.offer, verifier.since);
#endif
  verifier.since = 0;
  verifier.poll = answer
}

proctype RunNode() {
  do
  /* Register: under a new id, always. */
  :: d_step { node.life == out && (unused(0) || unused(1)) ->
      node.row = choice;
      node.life = joined;
      row[node.row].exists = 1;
      printf("the node registers as leaseholder %d\n", node.row) }

  /* Renew and fetch. */
  :: d_step { node.life == joined && node.call == idle ->
      node.call = asked;
      node.offer = LEASE;
      printf("the node reads its clock and sends a renewal\n") }
  :: d_step { node.call == asked && row[node.row].exists ->
      row[node.row].silent = 0;
      node.seen = head;
      node.call = answering;
      printf("the database renews leaseholder %d and reads the log up to %d\n", node.row, head) }
  :: d_step { node.call == asked && !row[node.row].exists ->
      node.call = refusing;
      printf("the database finds no leaseholder %d to renew\n", node.row) }
  :: d_step { node.call == answering ->
      node.applied = larger(node.applied, node.seen);
      node.lease = larger(node.lease, node.offer);
      endCall();
      printf("the node applies up to %d, and has a lease for %d\n", node.applied, node.lease) }
  :: d_step { node.call == refusing ->
      endCall();
      dropPollsHere();
      stop();
      printf("the node detects that its row was deleted\n") }
  :: d_step { node.call != idle ->
      endCall();
      printf("the node will get no reply\n") }

  /* Acknowledge to the database. */
  :: d_step { node.life == joined && row[node.row].exists && row[node.row].acked < settled ->
#ifdef REACH_ACK_PAST_A_SILENT_VERIFIER
      if
      :: node.everLent && node.heard < settled -> printf("SEEN\n"); assert(false)
      :: else
      fi;
#endif
      row[node.row].acked = settled;
      if
      :: row[node.row].watched && row[node.row].acked >= head -> row[node.row].watched = 0
      :: else
      fi;
      printf("leaseholder %d acknowledges up to %d\n", node.row, row[node.row].acked) }

  /* Serve a poll: it is received when it arrives, and answered at any time. */
  :: d_step { node.life == joined && verifier.poll == sent ->
      verifier.poll = held;
      node.heard = verifier.applied;
      printf("the node receives the poll, which acknowledges %d\n", node.heard) }
#ifdef ANSWER_IN_TWO_TURNS
  :: d_step { node.life == joined && verifier.poll == held ->
      compose();
      verifier.poll = composed;
      printf("the node collects the ids for the answer, up to %d\n", verifier.told) }
  :: d_step { node.life == joined && verifier.poll == composed -> lend() }
#else
  :: d_step { node.life == joined && verifier.poll == held -> compose(); lend() }
#endif

  /* Leave: not before the sub-leases have ended. */
  :: d_step { node.life == joined ->
      node.life = leaving;
      node.lease = 0;
      endCall();
      dropPollsHere();
      printf("the node begins to leave\n") }
  :: d_step { mayGo ->
      printf("the node, which was leaseholder %d, has left\n", node.row);
      deleteRow(node.row);
      stop() }

  /* A crash leaves the row behind. */
  :: d_step { node.life != out ->
      printf("the node, which was leaseholder %d, crashes\n", node.row);
      endCall();
      dropPollsHere();
      stop() }

  /* Verify. */
#define refuteNode(k) d_step { answered >= k && nodeAccepts(k) -> \
      printf("the node ACCEPTS id %d after its revocation was answered\n", k); assert(false) }
  :: refuteNode(1)
#if KEYS == 2
  :: refuteNode(2)
#endif
#ifdef SIGHT
  :: d_step { SIGHT -> printf("SEEN\n"); assert(false) }
#endif
  od
}

/* ------------------------------------------------------------------------------------------- the verifier */

proctype RunVerifier() {
  do
  :: d_step { verifier.poll == none ->
      verifier.poll = sent;
      printf("the verifier reads its clock and polls, acknowledging %d\n", verifier.applied) }
  :: d_step { verifier.poll == answer ->
      verifier.applied = larger(verifier.applied, verifier.told);
      verifier.lease = larger(verifier.lease, verifier.offer);
      endPoll();
      printf("the verifier applies up to %d, and has a lease for %d\n", verifier.applied, verifier.lease) }
  :: d_step { verifier.poll != none ->
      endPoll();
      printf("the verifier will get no answer\n") }

  /* A verifier that starts again has no ids, no lease and no leaseholder id, and polls without one. */
  :: d_step { verifier.applied > 0 || verifier.lease > 0 ->
      verifier.applied = 0;
      verifier.lease = 0;
      endPoll();
#ifdef REACH_RETURN_AFTER_A_CRASH
      verifier.hasCrashed = 1;
#endif
      printf("the verifier crashes\n") }

#define refuteVerifier(k) d_step { answered >= k && verifierAccepts(k) -> \
      printf("the verifier ACCEPTS id %d after its revocation was answered\n", k); assert(false) }
  :: refuteVerifier(1)
#if KEYS == 2
  :: refuteVerifier(2)
#endif
  od
}

/* -------------------------------------------------------------------------------------------- the revoker */

inline readHolders() {
  row[0].watched = (row[0].exists && row[0].acked < head);
  row[1].watched = (row[1].exists && row[1].acked < head);
  revoker.stage = waiting
}

inline finish() {
  row[0].watched = 0;
  row[1].watched = 0;
  revoker.wait = 0;
  revoker.steady = 0;
  revoker.stage = (head == KEYS -> done : quiet)
}

proctype RunRevoker() {
  do
  :: d_step { revoker.stage == quiet ->
      head++;
      revoker.wait = WAIT;
      revoker.stage = replied;
      printf("the revoker commits that id %d is revoked, and begins to wait for %d\n", head, WAIT) }
  :: d_step { revoker.stage == replied ->
      readHolders();
      printf("the revoker reads the leaseholders\n") }
  :: d_step { revoker.stage == waiting && !anyUnacked ->
#ifdef REACH_ANSWER_BY_ACKS
      if
      :: revoker.wait > 0 && node.life == joined && node.lease > 0 && node.lent > 0 && verifier.lease > 0 ->
        printf("SEEN\n");
        assert(false)
      :: else
      fi;
#endif
      answered = head;
      finish();
      printf("the revoker ANSWERS for id %d: all have acknowledged it\n", head) }
  :: d_step { revoker.stage == waiting && revoker.wait == 0 && anyUnacked ->
#ifdef REACH_ANSWER_BY_WAITING
      printf("SEEN\n");
      assert(false);
#endif
      answered = head;
      finish();
      printf("the revoker ANSWERS for id %d: its wait is over\n", head) }
  od
}

/* ------------------------------------------------------------------------------------------ the collector */

#if defined(COLLECTION_WAIT_BELOW_THE_SUB_LEASE)
#define COLLECTION_WAIT LEASE
#else
#define COLLECTION_WAIT WAIT
#endif

#define collect(r) d_step { collector.wait == 0 && row[r].silent -> \
      deleteRow(r); printf("the collector deletes the row of leaseholder %d\n", r); collected() }

inline collected() {
#ifdef REACH_COLLECTION
  printf("SEEN\n");
  assert(false)
#else
  skip
#endif
}

proctype RunCollector() {
  do
  :: d_step { collector.wait == 0 && (row[0].exists || row[1].exists) ->
      row[0].silent = row[0].exists;
      row[1].silent = row[1].exists;
      collector.wait = COLLECTION_WAIT;
      printf("the collector reads all heartbeats, and will read them again after %d\n", collector.wait) }
  :: collect(0)
  :: collect(1)
  od
}

/* ----------------------------------------------------------------------------------------------- the time */

inline pass(timer) { timer = less(timer, by) }

inline spend(clock) {
  clock.steady = (by != 1 -> SLIP_EVERY - 1 : less(clock.steady, 1))
}

inline tickNode(steps) {
  by = steps;
  if
  :: node.offer == 0 && node.lease == 0 && node.lent == 0 -> node.steady = 0
  :: else -> spend(node)
  fi;
  pass(node.offer);
  pass(node.lease);
  pass(node.lent);
  by = 0
}

inline tickVerifier(steps) {
  by = steps;
  if
  :: verifier.poll == none && verifier.lease == 0 -> verifier.steady = 0
  :: else -> spend(verifier)
  fi;
  if
  :: pollIsHere -> verifier.since = smaller(LEASE, verifier.since + by)
  :: else
  fi;
#ifndef SUB_LEASE_FROM_RECEIPT
  pass(verifier.offer);
#endif
  pass(verifier.lease);
  by = 0
}

inline tickWaiting(who) {
  by = (maySlip(who) -> 2 : 1);
  if
  :: who.wait == 0 -> who.steady = 0
  :: else -> spend(who)
  fi;
  pass(who.wait);
  by = 0
}

#if VERIFIER_TICKS_FIRST
#define verifiersTurn 1
#define revokersTurn 2
#else
#define verifiersTurn 2
#define revokersTurn 1
#endif

inline next() { turn = (turn + 1) % 3 }

/*
 * A fast clock only shortens the leases of the verifier, so that clock is right or slow. Waiting
 * longer does no harm, so only a fast clock matters there: it is as fast as allowed.
 */
proctype RunTime() {
  do
  :: d_step { turn == 0 -> tickNode(1); next(); printf("the clock of the node ticks\n") }
  :: d_step { turn == 0 && maySlip(node) ->
      tickNode(0);
      next();
      printf("the clock of the node skips a tick\n") }
  :: d_step { turn == 0 && maySlip(node) ->
      tickNode(2);
      next();
      printf("the clock of the node doubles a tick\n") }
  :: d_step { turn == verifiersTurn -> tickVerifier(1); next(); printf("the clock of the verifier ticks\n") }
  :: d_step { turn == verifiersTurn && maySlip(verifier) ->
      tickVerifier(0);
      next();
      printf("the clock of the verifier skips a tick\n") }
  :: d_step { turn == revokersTurn ->
      tickWaiting(revoker);
#ifdef COLLECTOR
      tickWaiting(collector);
#endif
      next();
      printf("the clocks of the waiting processes tick\n") }
  od
}

init {
  atomic { run RunTime(); run RunNode(); run RunVerifier(); run RunRevoker();
#ifdef COLLECTOR
    run RunCollector();
#endif
  }
}
