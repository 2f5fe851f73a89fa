/*
 * The sealer of the audit log (docs/decisions/0011-audit-chain.md): it numbers and chains committed events.
 *
 * Two sealers share one lease. Their clocks may show anything, so the lease may end at any moment. Events are
 * committed at any moment; the model does not say by whom. Retention deletes the first segment, once. With
 * TAMPER, an attacker without the master key deletes the newest sealed event, once, and restores the end of
 * the log as it was before, except for the MAC.
 */

#define EVENTS 3
#define PLACES 5
#define SEGMENTS 5

mtype:stage = { idle, peeked, leased, locked, ready, marked, down }

typedef Event {
  bit isWritten;           /* committed */
  bit isKept;              /* deleted neither by retention nor by the attacker */
  unsigned place : 3;      /* in the chain; 0 for none */
}

typedef Segment {
  bit exists;
  unsigned first : 3;
  unsigned last : 3;
}

typedef Head {
  unsigned place : 3;
  unsigned segment : 3;
  unsigned floorPlace : 3;
  unsigned floorSegment : 3;
  bit isForged;
}

typedef Sealer {
  mtype:stage stage = idle;
  Head from;
  bit took[EVENTS + 1];
}

Event event[EVENTS + 1];
Segment segment[SEGMENTS + 1];
Head head;
Sealer sealer[2];
byte owner;                /* of the lease: a sealer plus 1, or 0 */
byte leaseLock;            /* who has locked the row of the lease: a sealer plus 1, or 0 */
byte headLock;             /* who has locked the row of the head: the same, or 3 for retention */
bit leaseHasEnded = 1;
bit hasCleaned;
bit isTampered;
bit hasCrashed;
bit hasStoppedInside;       /* sealer 0, between taking the lease and the commit */
/* For loops and checks; 0 between steps. */
byte i;
byte j;
byte count;
byte last;
byte at;
bit isWhole;

#define isUnsealed(e) (event[e].isWritten && event[e].isKept && event[e].place == 0)
#define anyUnsealed (isUnsealed(1) || isUnsealed(2) || isUnsealed(3))

inline seen() {
  printf("SEEN\n");
  assert(false)
}

inline clear() { i = 0; j = 0; count = 0; last = 0; at = 0; isWhole = 0 }

inline copyHead(target, source) {
  target.place = source.place;
  target.segment = source.segment;
  target.floorPlace = source.floorPlace;
  target.floorSegment = source.floorSegment;
  target.isForged = source.isForged
}

/* ----------------------------------------------------------------------------------------------- a sealer */

#define my sealer[me]

inline readHead() {
  copyHead(my.from, head);
  /* After a gap, if the end of the log is not as it was signed. */
#ifndef GAP_CLOSED
  if
  :: my.from.isForged ->
    for (i : 1 .. EVENTS) {
      if
      :: event[i].isKept && event[i].place > my.from.place -> my.from.place = event[i].place
      :: else
      fi
    }
    for (i : 1 .. SEGMENTS) {
      if
      :: segment[i].exists && i > my.from.segment -> my.from.segment = i
      :: else
      fi
    }
    my.from.place++;
    my.from.segment++
  :: else
  fi;
#endif
  my.from.isForged = 0;
  clear()
}

inline readEvents() {
  for (i : 1 .. EVENTS) { my.took[i] = isUnsealed(i) }
  clear()
}

inline markEvents() {
  at = my.from.place;
  for (i : 1 .. EVENTS) {
    if
    :: my.took[i] ->
      at++;
      if
      :: isUnsealed(i) -> event[i].place = at
      :: else
      fi
    :: else
    fi
  }
  clear()
}

inline writeSegment() {
  at = my.from.place + my.took[1] + my.took[2] + my.took[3];
  if
  :: at > my.from.place ->
    my.from.segment++;
    segment[my.from.segment].exists = 1;
    segment[my.from.segment].first = my.from.place + 1;
    segment[my.from.segment].last = at;
    my.from.place = at;
    copyHead(head, my.from)
  :: else
  fi;
  clear()
}

inline forget() {
  my.from.place = 0; my.from.segment = 0; my.from.floorPlace = 0; my.from.floorSegment = 0;
  my.from.isForged = 0;
  my.took[1] = 0; my.took[2] = 0; my.took[3] = 0
}

proctype RunSealer(byte me) {
end:
  do
#ifdef READ_BEFORE_THE_LOCK
  :: d_step { my.stage == idle && anyUnsealed ->
      readHead();
      readEvents();
      my.stage = peeked;
      printf("sealer %d reads the head and the events\n", me) }
  :: d_step { my.stage == peeked && leaseLock == 0 && (owner == me + 1 || leaseHasEnded) ->
#else
  :: d_step { my.stage == idle && anyUnsealed && leaseLock == 0 && (owner == me + 1 || leaseHasEnded) ->
#endif
#ifdef LEASE_ALONE
      owner = me + 1;
      leaseHasEnded = 0;
#else
      leaseLock = me + 1;
#endif
      my.stage = leased;
      printf("sealer %d takes the lease\n", me) }
#if defined(LEASE_ALONE) || defined(HEAD_NOT_LOCKED)
  :: d_step { my.stage == leased ->
#else
  :: d_step { my.stage == leased && headLock == 0 ->
      headLock = me + 1;
#endif
#ifndef READ_BEFORE_THE_LOCK
      readHead();
#endif
      my.stage = locked;
      printf("sealer %d locks the head\n", me) }
  :: d_step { my.stage == locked ->
#ifndef READ_BEFORE_THE_LOCK
      readEvents();
#endif
      my.stage = ready;
      printf("sealer %d reads the events\n", me) }
#ifdef EVENTS_MARKED_APART
  :: d_step { my.stage == ready ->
      markEvents();
      my.stage = marked;
      printf("sealer %d commits the places of the events\n", me) }
  :: d_step { my.stage == marked ->
#else
  :: d_step { my.stage == ready ->
      markEvents();
#endif
      writeSegment();
      owner = me + 1;
      leaseHasEnded = 0;
      leaseLock = (leaseLock == me + 1 -> 0 : leaseLock);
      headLock = (headLock == me + 1 -> 0 : headLock);
      my.stage = idle;
      forget();
      printf("sealer %d commits segment %d, up to place %d\n", me, head.segment, head.place);
#ifdef REACH_SEALED_AFTER_A_CRASH
      if
      :: me == 1 && hasStoppedInside && head.segment == 2 && !anyUnsealed -> seen()
      :: else
      fi;
#endif
#ifdef REACH_SEALED_BEHIND_A_GAP
      if
      :: isTampered -> seen()
      :: else
      fi;
#endif
    }
  od
}

/* ---------------------------------------------------------------------------------------- the environment */

proctype RunWriter() {
end:
  do
  :: d_step { !event[1].isWritten -> event[1].isWritten = 1; event[1].isKept = 1;
      printf("event 1 is committed\n") }
  :: d_step { event[1].isWritten && !event[2].isWritten -> event[2].isWritten = 1; event[2].isKept = 1;
      printf("event 2 is committed\n") }
  :: d_step { event[2].isWritten && !event[3].isWritten -> event[3].isWritten = 1; event[3].isKept = 1;
      printf("event 3 is committed\n") }
  od
}

proctype RunRetention() {
end:
  do
  :: d_step { !hasCleaned && segment[1].exists && !head.isForged && headLock == 0 ->
      headLock = 3;
      printf("retention locks the head\n") }
  :: d_step { headLock == 3 ->
      for (i : 1 .. EVENTS) {
        if
        :: event[i].place > 0 && event[i].place <= segment[1].last -> event[i].isKept = 0
        :: else
        fi
      }
      head.floorPlace = segment[1].last;
      head.floorSegment = 1;
      segment[1].exists = 0;
      hasCleaned = 1;
      headLock = 0;
      clear();
      printf("retention deletes segment 1, up to place %d\n", head.floorPlace) }
  od
}

#define stop(s) \
  sealer[s].stage = down; \
  leaseLock = (leaseLock == s + 1 -> 0 : leaseLock); \
  headLock = (headLock == s + 1 -> 0 : headLock)

/* Sealer 0 may stop at any moment and stays down: what it has not committed is rolled back. */
proctype RunFate() {
end:
  do
  :: d_step { !hasCrashed ->
      hasCrashed = 1;
      hasStoppedInside = (sealer[0].stage == ready);
      stop(0);
      printf("sealer 0 stops\n") }
#ifndef LEASE_WITHOUT_AN_END
  :: d_step { !leaseHasEnded ->
      leaseHasEnded = 1;
      printf("the lease ends\n") }
#endif
#ifdef TAMPER
  :: d_step { !isTampered && headLock == 0 && head.place > head.floorPlace ->
      isTampered = 1;
      for (i : 1 .. EVENTS) {
        if
        :: event[i].place == head.place ->
          event[i].isKept = 0;
          printf("the attacker deletes event %d and restores the head\n", i)
        :: else
        fi
      }
      if
      :: segment[head.segment].first == head.place ->
        segment[head.segment].exists = 0;
        head.segment--
      :: else -> segment[head.segment].last--
      fi;
      head.place--;
      head.isForged = 1;
      clear() }
#endif
  od
}

/* ------------------------------------------------------------------------------------- sigil audit verify */

inline verify() {
  isWhole = !head.isForged;
  last = head.floorPlace;
  at = head.floorSegment;
  for (i : 1 .. SEGMENTS) {
    if
    :: segment[i].exists ->
      isWhole = isWhole && i == at + 1 && segment[i].first == last + 1;
      at = i;
      last = segment[i].last
    :: else
    fi
  }
  isWhole = isWhole && head.place == last;
  for (i : 1 .. PLACES) {
    count = 0;
    for (j : 1 .. EVENTS) { count = count + (event[j].isKept && event[j].place == i) }
    isWhole = isWhole && count == (i > head.floorPlace && i <= last)
  }
}

proctype RunVerify() {
end:
  do
  :: d_step { true ->
      verify();
      if
      :: !isTampered && !isWhole -> printf("the log was left alone and DOES NOT VERIFY\n"); assert(false)
      :: isTampered && isWhole -> printf("an event was deleted and the log VERIFIES\n"); assert(false)
      :: else
      fi;
      clear() }
  od
}

init {
  atomic {
    run RunVerify();
    run RunWriter();
    run RunSealer(0);
    run RunSealer(1);
    run RunRetention();
    run RunFate();
  }
}

#ifdef ALWAYS_SEALED
#define areSealed (event[1].place > 0 && event[2].place > 0 && event[3].place > 0)
ltl alwaysSealed { [] (event[3].isWritten -> <> areSealed) }
#endif
