/*
 * Revocations that get their places in the log together (docs/decisions/0024-placing-revocations.md).
 *
 * Two nodes over one database. Callers 0 and 1 end the sessions 1 and 2 on node 0; caller 2 ends session 1 on
 * node 1, so it may find session 1 already ended. A caller either appends to the log itself, with the head
 * row locked until its commit, or leaves its entry waiting, which one transaction of the node places after
 * the commit. An answer is also about everything that had ended when the call began, because the call may
 * have found it ended and revoked only the rest. Leases are in the other models; here an answer waits until
 * every live node has applied the entry's place.
 */

#define IDS 2
#define CALLERS 3
#define idOf(c) (c == 1 -> 2 : 1)
#define nodeOf(c) (c == 2 -> 1 : 0)

mtype:stage = { quiet, appending, appended, appendReplied, leaving, apart, left, repeating, looking, waiting,
  done, lost }
mtype:placing = { idle, sent, locked, holding, replying }

typedef Id {
  bit ended;             /* the session has ended: committed */
  bit changing;          /* its row is locked by a transaction that ends it */
  bit isWaiting;         /* its entry is committed, without a place */
  unsigned place : 3;    /* its place in the log; 0 for none */
  bit isAnswered;
}

typedef Node {
  bit isUp = 1;
  unsigned applied : 3;  /* how far it has read the log */
  bit knows[IDS + 1];    /* this id is in its set */
  byte appender;         /* the caller that appends to the log itself, plus 1 */
  mtype:placing placing = idle;  /* the transaction that places entries: one at a time */
  bit took[IDS + 1];     /* it assigns this entry a place */
  unsigned upTo : 3;     /* the head after it */
}

typedef Caller {
  mtype:stage stage = quiet;
  bit wants;             /* shares the next run */
  bit joins;             /* shares the current run */
  unsigned seq : 3;      /* the place that its answer waits for */
  bit relies[IDS + 1];   /* this id had ended when it began */
  bit sawWaiting;        /* it appends, and an entry had no place when it had locked its row */
}

Id id[IDS + 1];
Node node[2];
Caller caller[CALLERS];
unsigned head : 3;
byte headLock;           /* who has locked the head row: a caller plus 1, or a node plus 4; 0 if unlocked */
bit hasCrashed;
bit repeatFoundWaiting;
byte i;                  /* counts in loops, 0 between steps */

#define anyWaiting (id[1].isWaiting || id[2].isWaiting)
#define wantedOn(n) (n == 0 -> (caller[0].wants || caller[1].wants) : caller[2].wants)
#define hasApplied(n, seq) (!node[n].isUp || node[n].applied >= seq)

inline seen() {
  printf("SEEN\n");
  assert(false)
}

/* What a node has committed is in its set at once; its position advances only if no entry lies in between. */
inline applyCommitted(n, first, last) {
#ifdef ADVANCES_OVER_A_GAP
  node[n].applied = (node[n].applied > last -> node[n].applied : last)
#else
  if
  :: first == node[n].applied + 1 -> node[n].applied = last
  :: else
  fi
#endif
}

/* ----------------------------------------------------------------------------------------------- a caller */

#define my caller[me]
#define its id[idOf(me)]
#define here node[nodeOf(me)]

inline begins() {
  my.relies[1] = id[1].ended;
  my.relies[2] = id[2].ended
}

inline needsPlacing() {
  my.stage = left;
  my.wants = 1;
#ifdef ANSWER_OVERTAKES_ITS_BATCH
  if
  :: here.placing != idle -> my.wants = 0; my.joins = 1
  :: else
  fi
#endif
}

proctype RunCaller(byte me) {
end:
  do
  /* The conditional update, which locks the row until the commit. */
  :: d_step { my.stage == quiet && here.isUp && !its.ended && !its.changing ->
      its.changing = 1;
      begins();
      if
      :: here.appender == 0 && here.placing == idle ->
        here.appender = me + 1; my.stage = appending; my.sawWaiting = anyWaiting
      :: else -> my.stage = leaving
      fi;
      printf("caller %d begins to end session %d\n", me, idOf(me)) }
  :: d_step { my.stage == quiet && here.isUp && its.ended ->
      my.stage = repeating;
      begins();
      printf("caller %d finds session %d ended\n", me, idOf(me)) }

  /* It appends: places are in the order of commits, because the head row is locked. */
#ifdef PLACES_WITHOUT_THE_LOCK
  :: d_step { my.stage == appending ->
      head++;
      my.seq = head;
      my.stage = appended;
      printf("caller %d takes place %d\n", me, my.seq) }
  :: d_step { my.stage == appended ->
      its.ended = 1; its.changing = 0; its.place = my.seq;
      my.stage = appendReplied;
      printf("caller %d commits the end of session %d at place %d\n", me, idOf(me), my.seq) }
#else
  :: d_step { my.stage == appending && headLock == 0 ->
      headLock = me + 1;
      my.seq = head + 1;
      my.stage = appended;
      printf("caller %d locks the head and takes place %d\n", me, my.seq) }
  :: d_step { my.stage == appended ->
      its.ended = 1; its.changing = 0; its.place = my.seq;
      head = my.seq;
      headLock = 0;
      my.stage = appendReplied;
      printf("caller %d commits the end of session %d at place %d\n", me, idOf(me), my.seq) }
#endif
  :: d_step { my.stage == appendReplied ->
      here.appender = 0;
      here.knows[idOf(me)] = 1;
      applyCommitted(nodeOf(me), my.seq, my.seq);
#ifdef APPENDER_IGNORES_WAITING
      my.stage = waiting;
#else
      if
      :: my.sawWaiting -> needsPlacing()
      :: else -> my.stage = waiting
      fi;
#endif
      my.sawWaiting = 0;
      printf("caller %d receives the reply to its commit\n", me) }

  /* Or it leaves the entry waiting, committed together with its change. */
#if defined(ENTRY_COMMITTED_APART)
  :: d_step { my.stage == leaving ->
      its.ended = 1; its.changing = 0;
      my.stage = apart;
      printf("caller %d commits the end of session %d without an entry\n", me, idOf(me)) }
  :: d_step { my.stage == apart ->
      its.isWaiting = 1;
      needsPlacing();
      printf("caller %d commits the waiting entry of session %d\n", me, idOf(me)) }
#else
  :: d_step { my.stage == leaving ->
      its.ended = 1; its.changing = 0; its.isWaiting = 1;
#ifdef ANSWERED_BEFORE_ITS_PLACE
      my.seq = head;
      my.stage = waiting;
#else
      needsPlacing();
#endif
      printf("caller %d commits the end of session %d and leaves its entry waiting\n", me, idOf(me)) }
#endif

  /* A repeat: the entry of the earlier call is either waiting, or already has a place. */
  :: d_step { my.stage == repeating ->
#if defined(REPEAT_IGNORES_WAITING)
      my.seq = head;
      my.stage = waiting;
#elif defined(HEAD_READ_BEFORE_WAITING)
      my.seq = head;
      my.stage = looking;
#else
      if
      :: anyWaiting -> needsPlacing(); repeatFoundWaiting = 1
      :: else -> my.seq = head; my.stage = waiting
      fi;
#endif
      printf("caller %d reads the head, %d\n", me, head) }
  :: d_step { my.stage == looking ->
      if
      :: anyWaiting -> needsPlacing()
      :: else -> my.stage = waiting
      fi;
      printf("caller %d looks for waiting entries\n", me) }

  :: d_step { my.stage == waiting && hasApplied(0, my.seq) && hasApplied(1, my.seq) ->
      my.stage = done;
      its.isAnswered = 1;
      id[1].isAnswered = (id[1].isAnswered || my.relies[1]);
      id[2].isAnswered = (id[2].isAnswered || my.relies[2]);
      printf("caller %d is answered: session %d has ended everywhere\n", me, idOf(me));
#ifdef REACH_REPEAT_PLACED_FOR_A_DEAD_NODE
      if
      :: me == 2 && repeatFoundWaiting && caller[0].stage == lost -> seen()
      :: else
      fi
#endif
    }
  od
}

/* ------------------------------------------------------------------------------------------------- a node */

#define mine node[me]

proctype RunNode(byte me) {
end:
  do
  /* Read the log after what was applied, and the head, in one snapshot. */
  :: d_step { mine.isUp && mine.applied < head ->
      for (i : 1 .. IDS) {
        if
        :: id[i].place > mine.applied -> mine.knows[i] = 1
        :: else
        fi
      }
      i = 0;
      mine.applied = head;
      printf("node %d reads the log up to %d\n", me, head) }

  /* Place what waits, for callers of this node or for a node that has stopped. */
#ifdef ONLY_ITS_OWN_ARE_PLACED
  :: d_step { mine.isUp && mine.placing == idle && wantedOn(me) ->
#else
  :: d_step { mine.isUp && mine.placing == idle && (wantedOn(me) || anyWaiting) ->
#endif
      mine.placing = sent;
      for (i : 0 .. CALLERS - 1) {
        if
        :: nodeOf(i) == me && caller[i].wants -> caller[i].wants = 0; caller[i].joins = 1
        :: else
        fi
      }
      i = 0;
      printf("node %d begins to place waiting entries\n", me) }
  :: d_step { mine.placing == sent && headLock == 0 ->
      headLock = me + 4;
      mine.placing = locked;
      printf("node %d locks the head\n", me) }
  :: d_step { mine.placing == locked ->
      mine.took[1] = id[1].isWaiting;
      mine.took[2] = id[2].isWaiting;
      mine.placing = holding;
      printf("node %d reads the waiting entries\n", me) }
  :: d_step { mine.placing == holding ->
      for (i : 1 .. IDS) {
        if
        :: mine.took[i] -> head++; id[i].place = head; id[i].isWaiting = 0
        :: else
        fi
      }
      i = 0;
      mine.upTo = head;
      headLock = 0;
      mine.placing = replying;
      printf("node %d commits the places, up to %d\n", me, head);
#ifdef REACH_PLACED_TOGETHER
      if
      :: mine.took[1] && mine.took[2] -> seen()
      :: else
      fi
#endif
    }
  :: d_step { mine.placing == replying ->
      if
      :: mine.took[1] || mine.took[2] ->
        mine.knows[1] = (mine.knows[1] || mine.took[1]);
        mine.knows[2] = (mine.knows[2] || mine.took[2]);
        applyCommitted(me, mine.upTo + 1 - mine.took[1] - mine.took[2], mine.upTo)
      :: else
      fi;
      for (i : 0 .. CALLERS - 1) {
        if
        :: nodeOf(i) == me && caller[i].joins ->
          caller[i].joins = 0; caller[i].seq = mine.upTo; caller[i].stage = waiting
        :: else
        fi
      }
      i = 0;
      mine.took[1] = 0; mine.took[2] = 0; mine.upTo = 0;
      mine.placing = idle;
      printf("node %d receives the reply: the entries have places\n", me) }

  :: d_step { mine.isUp && ((id[1].isAnswered && !mine.knows[1]) || (id[2].isAnswered && !mine.knows[2])) ->
      printf("node %d ACCEPTS id %d after its revocation was answered\n", me,
        (id[1].isAnswered && !mine.knows[1] -> 1 : 2));
      assert(false) }
  od
}

/* ---------------------------------------------------------------------------------------- the environment */

/* Node 0 stops, once, at any moment: what it has not committed is rolled back; its callers get no answer. */
proctype RunFate() {
end:
  do
  :: d_step { !hasCrashed ->
      hasCrashed = 1;
      node[0].isUp = 0; node[0].placing = idle; node[0].appender = 0;
      node[0].took[1] = 0; node[0].took[2] = 0; node[0].upTo = 0;
      if
      :: headLock == 1 || headLock == 2 || headLock == 4 -> headLock = 0
      :: else
      fi;
      for (i : 0 .. 1) {
        if
        :: caller[i].stage == appending || caller[i].stage == appended || caller[i].stage == leaving ->
          id[idOf(i)].changing = 0; caller[i].seq = 0
        :: else
        fi;
        if
        :: caller[i].stage != done -> caller[i].stage = lost; caller[i].wants = 0; caller[i].joins = 0
        :: else
        fi
      }
      i = 0;
      printf("node 0 stops\n") }
  :: d_step { !node[0].isUp ->
      node[0].isUp = 1;
      node[0].applied = head;
      node[0].knows[1] = (id[1].place != 0);
      node[0].knows[2] = (id[2].place != 0);
      printf("node 0 starts, and reads the log up to %d\n", head) }
  od
}

init {
  atomic {
    run RunFate();
    run RunNode(0);
    run RunNode(1);
    run RunCaller(0);
    run RunCaller(1);
    run RunCaller(2);
  }
}

#ifdef ALWAYS_PLACED
ltl alwaysPlaced { [] (id[2].isWaiting -> <> !id[2].isWaiting) }
#endif
