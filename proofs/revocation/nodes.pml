/*
 * Server nodes over one database: leases, then acknowledgements.
 *
 * Every option of a loop is one action of one machine, or one statement in the database. Anything else may
 * happen between any two of them, for any length of time. A name after -D drops one rule of the protocol, or
 * searches for a required possibility; ../README.md explains them.
 */

#ifndef NODES
#define NODES 1
#endif
#ifndef REVOKERS
#define REVOKERS 1
#endif
#ifndef ROWS
#define ROWS (NODES + 1)
#endif
#ifndef LEASE
#define LEASE 2
#endif
#define NO_ROW ROWS

/*
 * Clocks tick one after the other, so an interval may have one tick more on one clock than on another: a
 * granule. A clock may skip or double one tick in SLIP_EVERY: rho = 1 / SLIP_EVERY.
 */
#define SLIP_EVERY (LEASE + 1)
#define GRANULE 1

/* Ticks until another clock has counted t, less a granule: t (1 + rho) / (1 - rho), rounded up. */
#define up(a, b) (((a) + (b) - 1) / (b))
#ifdef NO_DRIFT
#define stretched(t) (t)
#define maySlip(clock) false
#else
#define stretched(t) up(up((t) * SLIP_EVERY, SLIP_EVERY - 1) * (SLIP_EVERY + 1), SLIP_EVERY)
#define maySlip(clock) (clock.steady == 0)
#endif

#if defined(WAIT_BELOW_THE_LEASE)
#define WAIT (LEASE - 1)
#elif defined(NO_DRIFT_ALLOWANCE)
#define WAIT (LEASE + GRANULE)
#elif defined(NO_GRANULE)
#define WAIT stretched(LEASE)
#else
#define WAIT (stretched(LEASE) + GRANULE)
#endif

mtype:life = { out, joined, leaving }
mtype:call = { idle, asked, renewed, answering, refusing }
mtype:stage = { quiet, sending, committed, replied, waiting, done }

typedef Node {
  mtype:life life = out;
  mtype:call call = idle;
  unsigned row : 2 = NO_ROW;
  unsigned offer : 2;    /* what is left of the lease that the pending call may grant */
  unsigned lease : 2;    /* what is left of the lease in force */
  unsigned seen : 2;     /* the head in the pending reply */
  unsigned applied : 2;  /* ids 1 to this one are in the set */
  unsigned steady : 2;   /* ticks until this clock may slip again */
#ifdef CLOCK_CACHED
  bit wasLive;           /* whether the lease was in force when the clock was last read */
#endif
#ifdef READ_BEFORE_REGISTER
  bit unregistered;
#endif
#ifdef REACH_RETURN_AFTER_COLLECTION
  bit wasCollected;
#endif
#ifdef REACH_RETURN_AFTER_A_CRASH
  bit hasCrashed;
#endif
}

typedef Row {
  bit exists;
  unsigned acked : 2;
  bit watched[REVOKERS];  /* this revoker listed it, and it has neither acknowledged nor left */
  bit silent;             /* the collector read its heartbeat, and it was not renewed since */
}

typedef Revoker {
  mtype:stage stage = quiet;
  unsigned key : 2;      /* its place in the log */
  unsigned wait : 4;     /* what is left of W */
  unsigned steady : 2;
#ifdef ONE_ACK_IS_ENOUGH
  bit heardOne;
#endif
}

typedef Collector {
  unsigned wait : 4;     /* what is left of W, counted from when it read the heartbeats */
  unsigned steady : 2;
}

Node node[NODES];
Row row[ROWS];
Revoker revoker[REVOKERS];
Collector collector;
unsigned head : 2;
bit answered[REVOKERS + 1];
bit revokersTurn;
byte i;                  /* counts in loops, 0 between steps */
byte by;                 /* how far a clock moves, 0 between steps */

#if NODES == 1
#define held(r) (node[0].row == r)
#else
#define held(r) (node[0].row == r || node[1].row == r)
#endif
#if REVOKERS == 1
#define watchedByAny(r) row[r].watched[0]
#else
#define watchedByAny(r) (row[r].watched[0] || row[r].watched[1])
#endif
/* An id is reused only once nothing refers to it. */
#define unused(r) (!row[r].exists && !held(r) && !watchedByAny(r))
#if ROWS == 2
#define anyUnused (unused(0) || unused(1))
#define anyRow (row[0].exists || row[1].exists)
#define anyUnacked(w) (row[0].watched[w] || row[1].watched[w])
#else
#define anyUnused (unused(0) || unused(1) || unused(2))
#define anyRow (row[0].exists || row[1].exists || row[2].exists)
#define anyUnacked(w) (row[0].watched[w] || row[1].watched[w] || row[2].watched[w])
#endif
#ifdef ONE_ACK_IS_ENOUGH
#define enoughAcks(w) (!anyUnacked(w) || revoker[w].heardOne)
#else
#define enoughAcks(w) (!anyUnacked(w))
#endif

#ifdef LAST_KEY_ONLY
#define inSet(n, k) (node[n].applied == k)
#else
#define inSet(n, k) (node[n].applied >= k)
#endif
#ifdef CLOCK_CACHED
#define live(n) (node[n].wasLive)
#else
#define live(n) (node[n].lease > 0)
#endif
#define accepts(n, k) (live(n) && !inSet(n, k))
#define larger(a, b) ((a) > (b) -> (a) : (b))

#if defined(REACH_ACCEPT)
#define SIGHT (head == 0 && accepts(0, 1))
#elif defined(REACH_NEXT_KEY_ACCEPTED)
#define SIGHT (answered[1] && accepts(0, 2))
#elif defined(REACH_RETURN_AFTER_COLLECTION)
#define SIGHT (head == 0 && node[0].wasCollected && accepts(0, 1))
#elif defined(REACH_RETURN_AFTER_A_CRASH)
#define SIGHT (answered[1] && node[0].hasCrashed && accepts(0, 2))
#endif

/* ------------------------------------------------------------------------------------------- the database */

inline deleteRow(which) {
  row[which].exists = 0;
  row[which].acked = 0;
  row[which].silent = 0;
  for (i : 0 .. REVOKERS - 1) { row[which].watched[i] = 0 }
  i = 0
}

inline beat(which) {
#ifdef ANY_BEAT
  skip
#else
  row[which].silent = 0
#endif
}

inline acknowledge(which, upTo) {
  row[which].acked = larger(row[which].acked, upTo);
  for (i : 0 .. REVOKERS - 1) {
    if
    :: row[which].watched[i] && row[which].acked >= revoker[i].key ->
      row[which].watched[i] = 0;
#ifdef ONE_ACK_IS_ENOUGH
      revoker[i].heardOne = 1;
#endif
    :: else
    fi
  }
  i = 0
}

/* ------------------------------------------------------------------------------------------------- a node */

#define mine node[me]

inline endCall() {
  mine.call = idle;
  mine.offer = 0;
  mine.seen = 0
}

inline dropLease() {
  mine.lease = 0;
#ifdef CLOCK_CACHED
  mine.wasLive = 0;
#endif
}

inline takeLease() {
#ifdef LEASE_FROM_RECEIPT
  mine.offer = LEASE;
#endif
  mine.lease = larger(mine.lease, mine.offer);
#ifdef CLOCK_CACHED
  mine.wasLive = (mine.lease > 0);
#endif
}

/* The process has ended or starts again: it remembers nothing. */
inline stop() {
  dropLease();
  mine.life = out;
  mine.row = NO_ROW;
  mine.applied = 0;
#ifdef READ_BEFORE_REGISTER
  mine.unregistered = 0;
#endif
}

proctype RunNode(byte me) {
  do
  /* Register: committed before the first fetch. */
  :: d_step { mine.life == out && anyUnused ->
      mine.life = joined;
      mine.row = (unused(0) -> 0 : (unused(1) -> 1 : 2));
#ifdef READ_BEFORE_REGISTER
      mine.unregistered = 1;
      mine.call = renewed;
      mine.offer = LEASE;
      printf("node %d reads its clock and fetches, before it registers as leaseholder %d\n", me, mine.row)
#else
      row[mine.row].exists = 1;
      printf("node %d registers as leaseholder %d\n", me, mine.row)
#endif
    }

  /* Renew and fetch: the lease is counted from the moment before the request was sent. */
  :: d_step { mine.life == joined && mine.call == idle ->
      mine.call = asked;
      mine.offer = LEASE;
      printf("node %d reads its clock and sends a renewal\n", me) }
  /* After a notification, or its own revocation, it reads the log between renewals: that grants no lease. */
  :: d_step { mine.life == joined && mine.call == idle ->
      mine.call = renewed;
      printf("node %d requests the log without a renewal\n", me) }
  :: d_step { mine.call == asked && row[mine.row].exists ->
      beat(mine.row);
      mine.call = renewed;
      printf("the database renews leaseholder %d\n", mine.row) }
  :: d_step { mine.call == asked && !row[mine.row].exists ->
#ifdef RENEWAL_WITHOUT_ITS_ROW
      mine.call = renewed;
#else
      mine.call = refusing;
#endif
      printf("the database finds no leaseholder %d to renew\n", mine.row) }
  :: d_step { mine.call == renewed ->
      mine.seen = head;
      mine.call = answering;
      printf("the database reads the log for node %d, up to %d\n", me, head);
#ifdef ACK_IN_THE_FETCH
      if
      :: row[mine.row].exists ->
        acknowledge(mine.row, head);
        printf("... and acknowledges it in the same statement\n")
      :: else
      fi
#endif
    }
  :: d_step { mine.call == answering ->
#ifdef READ_BEFORE_REGISTER
      row[mine.row].exists = (row[mine.row].exists || mine.unregistered);
      mine.unregistered = 0;
#endif
      mine.applied = larger(mine.applied, mine.seen);
      takeLease();
      endCall();
      printf("node %d applies up to %d, and has a lease for %d\n", me, mine.applied, mine.lease) }
  :: d_step { mine.call == refusing ->
      endCall();
      dropLease();
      mine.life = out;
      mine.row = NO_ROW;
#ifdef REACH_RETURN_AFTER_COLLECTION
      mine.wasCollected = 1;
#endif
      printf("node %d detects that its row was deleted\n", me) }
#ifndef READ_BEFORE_REGISTER
  :: d_step { mine.call != idle ->
      endCall();
      printf("node %d will get no reply\n", me) }
#endif

  /* Acknowledge: only what was applied. */
  :: d_step { mine.life == joined && row[mine.row].exists && row[mine.row].acked < mine.applied ->
      acknowledge(mine.row, mine.applied);
      printf("leaseholder %d acknowledges up to %d\n", mine.row, mine.applied) }

  /* Leave: first drop the lease and ignore pending renewals, then delete the row. */
  :: d_step { mine.life == joined ->
      mine.life = leaving;
#ifdef ROW_DELETED_BEFORE_THE_LEASE
      deleteRow(mine.row);
#else
      dropLease();
#endif
#ifdef LATE_REPLY_AFTER_LEAVING
      if
      :: mine.call != answering -> endCall()
      :: else
      fi;
#else
      endCall();
#endif
      printf("node %d begins to leave\n", me) }
  :: d_step { mine.life == leaving ->
      printf("node %d, which was leaseholder %d, has left\n", me, mine.row);
#ifdef ROW_DELETED_BEFORE_THE_LEASE
      stop()
#elif defined(LATE_REPLY_AFTER_LEAVING)
      deleteRow(mine.row);
      mine.life = out;
      mine.row = NO_ROW
#else
      deleteRow(mine.row);
      stop()
#endif
    }

  /* A crash leaves the row behind. */
  :: d_step { mine.life != out ->
      printf("node %d, which was leaseholder %d, crashes\n", me, mine.row);
      endCall();
#ifdef REACH_RETURN_AFTER_A_CRASH
      mine.hasCrashed = 1;
#endif
      stop() }

  /* Verify: never accept an id whose revocation was answered. The clock is read here, inside the call. */
#define refute(k) d_step { answered[k] && accepts(me, k) -> \
      printf("node %d ACCEPTS id %d after its revocation was answered\n", me, k); assert(false) }
  :: refute(1)
#if REVOKERS == 2
  :: refute(2)
#endif
#ifdef SIGHT
  :: d_step { me == 0 && SIGHT -> printf("SEEN\n"); assert(false) }
#endif
  od
}

/* ---------------------------------------------------------------------------------------------- a revoker */

#undef mine
#define mine revoker[me]

inline readHolders() {
  for (i : 0 .. ROWS - 1) { row[i].watched[me] = (row[i].exists && row[i].acked < mine.key) }
  i = 0
}

inline finish() {
  for (i : 0 .. ROWS - 1) { row[i].watched[me] = 0 }
  i = 0;
  mine.wait = 0;
  mine.steady = 0;
  mine.stage = done
}

proctype RunRevoker(byte me) {
  do
#if defined(HOLDERS_READ_BEFORE_THE_COMMIT)
  :: d_step { mine.stage == quiet && head == me ->
      mine.key = head + 1;
      readHolders();
      mine.stage = sending;
      printf("revoker %d reads the leaseholders\n", me) }
  :: d_step { mine.stage == sending ->
      head++;
      mine.stage = committed;
      printf("the database commits: id %d is revoked\n", head) }
  :: d_step { mine.stage == committed ->
      mine.wait = WAIT;
      mine.stage = waiting;
      printf("revoker %d receives the reply to its commit\n", me) }
#elif defined(WAIT_FROM_BEFORE_THE_COMMIT)
  :: d_step { mine.stage == quiet && head == me ->
      mine.wait = WAIT;
      mine.stage = sending;
      printf("revoker %d sends its commit, and begins to wait\n", me) }
  :: d_step { mine.stage == sending ->
      head++;
      mine.key = head;
      mine.stage = replied;
      printf("the database commits: id %d is revoked\n", head) }
#else
  :: d_step { mine.stage == quiet && head == me ->
      head++;
      mine.key = head;
      mine.stage = committed;
      printf("the database commits for revoker %d: id %d is revoked\n", me, head) }
  :: d_step { mine.stage == committed ->
      mine.wait = WAIT;
      mine.stage = replied;
      printf("revoker %d receives the reply to its commit, and begins to wait for %d\n", me, WAIT) }
#endif

#if REVOKERS == 2
  /* A repeat: finds the id already revoked, and gives the same guarantee. */
  :: d_step { mine.stage == quiet && me == 1 && head == 1 ->
      mine.key = head;
      printf("revoker %d finds that id %d is already revoked\n", me, head);
#ifdef REPEAT_ANSWERED_AT_ONCE
      answered[mine.key] = 1;
      mine.stage = done
#else
      mine.wait = WAIT;
      mine.stage = replied
#endif
    }
#endif

  /* The leaseholders are read in a new statement. */
  :: d_step { mine.stage == replied ->
      readHolders();
      mine.stage = waiting;
      printf("revoker %d reads the leaseholders\n", me) }

  /* Answer: all have acknowledged, or W is over. */
  :: d_step { mine.stage == waiting && enoughAcks(me) ->
#ifdef REACH_ANSWER_BY_ACKS
      if
      :: mine.wait > 0 && node[0].life == joined && node[0].lease > 0 && row[node[0].row].acked >= mine.key ->
        printf("SEEN\n");
        assert(false)
      :: else
      fi;
#endif
      answered[mine.key] = 1;
      finish();
      printf("revoker %d ANSWERS for id %d: all have acknowledged it\n", me, mine.key) }
#ifdef NO_ANSWER_BY_WAITING
#define mayAnswerLate false
#else
#define mayAnswerLate true
#endif
  :: d_step { mine.stage == waiting && mine.wait == 0 && anyUnacked(me) && mayAnswerLate ->
#ifdef REACH_ANSWER_BY_WAITING
      printf("SEEN\n");
      assert(false);
#endif
      answered[mine.key] = 1;
      finish();
      printf("revoker %d ANSWERS for id %d: its wait is over\n", me, mine.key) }
  od
}

/* ------------------------------------------------------------------------------------------ the collector */

/* W is counted from reading the heartbeats: a revocation may be older than the row and its lease. */
#if defined(COLLECTION_WAIT_BELOW_THE_LEASE)
#define COLLECTION_WAIT (LEASE - 1)
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
  :: d_step { collector.wait == 0 && anyRow ->
      for (i : 0 .. ROWS - 1) { row[i].silent = row[i].exists }
      i = 0;
      collector.wait = COLLECTION_WAIT;
#ifdef COLLECTION_COUNTED_FROM_THE_COMMIT
      /* It is the first revoker, which is already waiting. */
      if
      :: revoker[0].stage == waiting ->
        collector.wait = revoker[0].wait;
        collector.steady = revoker[0].steady;
      :: else
      fi;
#endif
      printf("the collector reads all heartbeats, and will read them again after %d\n", collector.wait) }
  :: collect(0)
  :: collect(1)
#if ROWS == 3
  :: collect(2)
#endif
  od
}

/* --------------------------------------------------------------------------------------------------- time */

inline pass(timer) { timer = (timer > by -> timer - by : 0) }

inline spend(clock) {
  clock.steady = (by != 1 -> SLIP_EVERY - 1 : (clock.steady > 0 -> clock.steady - 1 : 0))
}

inline tickNode(which, steps) {
  by = steps;
  if
  :: node[which].offer == 0 && node[which].lease == 0 -> node[which].steady = 0
  :: else -> spend(node[which])
  fi;
#ifdef CLOCK_CACHED
  node[which].wasLive = (node[which].lease > 0);
#endif
  pass(node[which].offer);
  pass(node[which].lease);
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

/*
 * A machine whose clock stood still while it was suspended detects this by its other clock, and drops its
 * lease and the pending renewal.
 */
inline suspendNode(which) {
#ifndef SUSPENSION_UNNOTICED
  node[which].lease = 0;
#ifndef SUSPENSION_MEASURED_FROM_THE_REPLY
  node[which].offer = 0;
#endif
#endif
  skip
}

#define may(which, steps) (steps == 1 || maySlip(node[which]))
#if NODES == 1
#define tick(a) d_step { !revokersTurn && may(0, a) -> \
      tickNode(0, a); revokersTurn = 1; printf("the clock of node 0 advances by %d\n", a) }
#else
#define tick(a, b) d_step { !revokersTurn && may(0, a) && may(1, b) -> \
      tickNode(0, a); tickNode(1, b); revokersTurn = 1; \
      printf("the clocks of the nodes advance by %d and %d\n", a, b) }
#endif

/*
 * Waiting longer does no harm, so the model only needs a fast clock there: as fast as permitted.
 */
proctype RunTime() {
  do
#if NODES == 1
  :: tick(1)
  :: tick(0)
  :: tick(2)
  :: d_step { !revokersTurn && (node[0].offer > 0 || node[0].lease > 0) ->
      suspendNode(0);
      revokersTurn = 1;
      printf("node 0 is suspended for a tick\n") }
#else
  :: tick(1, 1)
  :: tick(0, 1)
  :: tick(2, 1)
  :: tick(1, 0)
  :: tick(0, 0)
  :: tick(2, 0)
  :: tick(1, 2)
  :: tick(0, 2)
  :: tick(2, 2)
#endif
  :: d_step { revokersTurn ->
      tickWaiting(revoker[0]);
#if REVOKERS == 2
      tickWaiting(revoker[1]);
#endif
#ifdef COLLECTOR
      tickWaiting(collector);
#endif
      revokersTurn = 0;
      printf("the clocks of the waiting processes tick\n") }
  od
}

init {
  atomic {
    run RunTime();
    run RunNode(0);
#if NODES == 2
    run RunNode(1);
#endif
    run RunRevoker(0);
#if REVOKERS == 2
    run RunRevoker(1);
#endif
#ifdef COLLECTOR
    run RunCollector();
#endif
  }
}

#ifdef ALWAYS_ANSWERED
ltl alwaysAnswered { <> answered[1] }
#endif
