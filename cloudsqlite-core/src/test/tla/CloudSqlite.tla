------------------------------ MODULE CloudSqlite ------------------------------
(******************************************************************************)
(* The commit, maintenance and deletion protocol of io.cloudsqlite.format.    *)
(* docs/tla.md tells what is modelled, what is not, and how to run it.        *)
(*                                                                            *)
(* One object, the database's, is ever replaced, always on a condition. All   *)
(* others are immutable. Any number of processes do anything at any time,     *)
(* sleep between any two steps, and crash. There is no lock.                  *)
(******************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets, TLC

CONSTANTS
    Processes,      \* who does all this
    Start,          \* what is there at first: "absent", "log" or "file"
    MaxRecent,      \* how many commit ids a version remembers
    Retained,       \* how many archived manifests retention keeps
    Defect,         \* "none", or which rule of the protocol is broken
    \* How many times each may be begun:
    Small, Large, Checkpoint, Merge, Collect, ToFile, ToLog, Delete,
    Reruns,         \* how many transactions may be run again after a conflict
    Lost,           \* how many answers to puts get lost
    Crashes         \* how many times a process dies

VARIABLES
    store,          \* the database's object. Its version is its content, as with an ETag.
    objects,        \* the immutable objects: a function from keys to contents
    late,           \* puts of the database's object that were sent, and may arrive yet
    proc,           \* what each process is doing
    fresh,          \* how many ids each process has drawn
    left,           \* what may still be done
    answers,        \* what clients were told
    deleted,        \* which databases were deleted
    replaced        \* the versions of the database's object that others have replaced, or that were deleted

vars == <<store, objects, late, proc, fresh, left, answers, deleted, replaced>>

Symmetry == Permutations(Processes)

--------------------------------------------------------------------------------
(* Versions of the database's object                                          *)

NoObject == [fmt |-> "none"]
NoBase == [key |-> <<"none">>, txid |-> 0]
NoKey == <<"none">>

Reservation(db) ==
    [fmt |-> "log", db |-> db, txid |-> 0, recent |-> <<>>, base |-> NoBase, segs |-> <<>>, tail |-> <<>>,
     gc |-> 0, prev |-> NoKey]

IsDatabase(m) == m.fmt # "none" /\ (m.fmt = "log" => m.txid > 0)
IsLog(m) == m.fmt = "log"

Remember(recent, c) == SubSeq(<<c>> \o recent, 1, IF Len(recent) < MaxRecent THEN Len(recent) + 1 ELSE MaxRecent)

\* The manifest with one more transaction in its tail, or in a segment that takes the tail along.
WithEntry(m, c) == [m EXCEPT !.txid = @ + 1, !.recent = Remember(@, c), !.tail = Append(@, c)]
WithSegment(m, c, key) ==
    [m EXCEPT !.txid = @ + 1, !.recent = Remember(@, c), !.tail = <<>>,
              !.segs = Append(@, [key |-> key, from |-> m.txid + 1 - Len(m.tail), to |-> m.txid + 1])]

Rebased(m, base, archive) ==
    LET above(s) == s.to > base.txid IN
    [m EXCEPT !.base = base, !.prev = archive, !.segs = SelectSeq(@, above),
              !.tail = LET first == m.txid - Len(@) + 1 IN
                       IF base.txid < first THEN @ ELSE SubSeq(@, base.txid - first + 2, Len(@))]

\* The segments of a run follow on one another, and stand where their first stood.
Merged(m, run, key) ==
    LET at == CHOOSE i \in 1..Len(m.segs) : m.segs[i] = run[1]
        one == [key |-> key, from |-> run[1].from, to |-> run[Len(run)].to]
    IN [m EXCEPT !.segs = SubSeq(@, 1, at - 1) \o <<one>> \o SubSeq(@, at + Len(run), Len(@))]

Elements(s) == {s[i] : i \in 1..Len(s)}

--------------------------------------------------------------------------------
(* What the store makes of them                                               *)

Exists(key) == key \in DOMAIN objects

\* The keys that a manifest itself names.
Keys(m) == (IF m.base = NoBase THEN {} ELSE {m.base.key}) \cup {s.key : s \in Elements(m.segs)}

\* What a collector keeps: all that restoring takes as far as retention goes, and beyond, what an archived manifest names
\* that he has not listed.
RECURSIVE KeysSince(_, _, _)
KeysSince(m, depth, mayGo) ==
    Keys(m) \cup
        IF m.prev = NoKey \/ (depth = 0 /\ m.prev \in mayGo) THEN {}
        ELSE {m.prev} \cup IF ~Exists(m.prev) THEN {}
                          ELSE KeysSince(objects[m.prev].manifest, IF depth = 0 THEN 0 ELSE depth - 1, mayGo)

\* The archived manifests that retention keeps.
RECURSIVE RetainedArchives(_, _)
RetainedArchives(m, depth) ==
    IF m.prev = NoKey \/ depth = 0 THEN {}
    ELSE {m.prev} \cup IF Exists(m.prev) THEN RetainedArchives(objects[m.prev].manifest, depth - 1) ELSE {}

\* What any reader may come to ask for who follows the chain as far as it reaches.
RECURSIVE ReachableKeys(_)
ReachableKeys(m) ==
    Keys(m) \cup IF m.prev # NoKey /\ Exists(m.prev) THEN ReachableKeys(objects[m.prev].manifest) ELSE {}

RECURSIVE Replay(_, _)
Replay(content, segs) ==
    IF segs = <<>> THEN content
    ELSE LET s == Head(segs) IN
         Replay(content \o SubSeq(objects[s.key].entries, Len(content) - s.from + 2, s.to - s.from + 1), Tail(segs))

\* All transactions that restoring finds, in order. Whole: nothing that this takes is missing.
Whole(m) == m.fmt = "log" => \A key \in Keys(m) : Exists(key)
Content(m) ==
    CASE m.fmt = "file" -> m.content
      [] m.fmt = "log" -> Replay(IF m.base = NoBase THEN <<>> ELSE objects[m.base.key].entries, m.segs) \o m.tail
      [] OTHER -> <<>>

--------------------------------------------------------------------------------
(* Processes                                                                  *)

Idle == [pc |-> "idle"]

Set(p, state) == proc' = [proc EXCEPT ![p] = state]
Spend(what) == left[what] > 0 /\ left' = [left EXCEPT ![what] = @ - 1]
Draw(p) == fresh' = [fresh EXCEPT ![p] = @ + 1]

InitialCommit(i) == <<<<"init", i>>, 1>>
InitialLog ==
    [fmt |-> "log", db |-> InitialCommit(1), txid |-> 3, recent |-> Remember(<<InitialCommit(2)>>, InitialCommit(3)),
     base |-> [key |-> <<"base", "init", 1>>, txid |-> 1],
     segs |-> <<[key |-> <<"log", "init", 2>>, from |-> 2, to |-> 2], [key |-> <<"log", "init", 3>>, from |-> 3, to |-> 3]>>,
     tail |-> <<>>, gc |-> 0, prev |-> NoKey]

Init ==
    /\ store = CASE Start = "absent" -> NoObject
                 [] Start = "log" -> InitialLog
                 [] Start = "file" -> [fmt |-> "file", db |-> InitialCommit(1), txid |-> 1,
                                       recent |-> <<InitialCommit(1)>>, content |-> <<InitialCommit(1)>>]
    /\ objects = IF Start = "log"
                 THEN (<<"base", "init", 1>> :> [entries |-> <<InitialCommit(1)>>])
                      @@ (<<"log", "init", 2>> :> [entries |-> <<InitialCommit(2)>>])
                      @@ (<<"log", "init", 3>> :> [entries |-> <<InitialCommit(3)>>])
                 ELSE <<>>
    /\ late = {}
    /\ proc = [p \in Processes |-> Idle]
    /\ fresh = [p \in Processes |-> 1]
    /\ left = [small |-> Small, large |-> Large, checkpoint |-> Checkpoint, merge |-> Merge, collect |-> Collect,
               toFile |-> ToFile, toLog |-> ToLog, delete |-> Delete, rerun |-> Reruns, lost |-> Lost,
               crash |-> Crashes]
    /\ answers = {}
    /\ deleted = {}
    /\ replaced = {}

--------------------------------------------------------------------------------
(* Transactions: DatabaseStore.commit, replace, publish; Commit. Where there  *)
(* is no database, a transaction creates it: "toFile" one in format "file".   *)

IsTransaction(t) == t.kind \in {"small", "large", "toFile", "toLog"}
CommitOf(t) == <<t.op, t.try>>
Txid(t) == IF t.base = NoObject THEN 1 ELSE t.base.txid + 1
RecentOf(t) == IF t.base = NoObject THEN <<>> ELSE t.base.recent

\* Whether the name has to be reserved first.
Reserves(t) == t.cond = NoObject /\ t.kind = "large" /\ Defect # "creates without a reservation"

\* Each reservation that is sent is another: none has the version that one before had.
ReservationOf(t, number) == Reservation(<<t.op, t.try, number>>)

\* What comes next for a transaction that knows what it builds on and on which condition: the put that commits,
\* an object before it, or before that the reservation of the name.
Prepare(t) ==
    CASE t.kind = "small" /\ t.base.fmt = "file" ->
            [t EXCEPT !.pc = "put", !.body = [t.base EXCEPT !.txid = @ + 1, !.recent = Remember(@, CommitOf(t)),
                                                            !.content = Append(@, CommitOf(t))]]
      [] t.kind = "small" /\ t.base.fmt # "file" ->
            [t EXCEPT !.pc = "put", !.body = WithEntry(IF t.base = NoObject THEN Reservation(t.db) ELSE t.base, CommitOf(t))]
      [] t.kind = "toFile" ->
            [t EXCEPT !.pc = "put", !.body = [fmt |-> "file", db |-> t.db, txid |-> Txid(t),
                                              recent |-> Remember(RecentOf(t), CommitOf(t)),
                                              content |-> Append(t.image, CommitOf(t))]]
      [] Reserves(t) -> [t EXCEPT !.pc = "put", !.stage = "reserve", !.body = ReservationOf(t, 1)]
      [] t.kind \in {"large", "toLog"} /\ ~Reserves(t) -> [t EXCEPT !.pc = "object"]

\* A working copy is checked out and SQL runs on it: one step, for what it reads is immutable or its read is refused.
Run(p, kind, op, try) ==
    LET base == IF IsDatabase(store) THEN store ELSE NoObject
        t == [pc |-> "run", kind |-> kind, op |-> op, try |-> try, base |-> base, cond |-> base,
              db |-> IF base = NoObject THEN <<op, try>> ELSE base.db,
              image |-> IF kind \in {"toFile", "toLog"} THEN Content(base) ELSE <<>>,
              stage |-> "commit", body |-> NoObject, doubt |-> FALSE, garbage |-> {}]
    IN
    /\ Whole(base)
    /\ kind = "large" => base.fmt # "file"
    /\ kind = "toFile" => base.fmt # "file"
    /\ kind = "toLog" => base.fmt = "file"
    /\ Set(p, IF kind = "toFile" /\ base.fmt = "log" THEN [t EXCEPT !.pc = "list"] ELSE Prepare(t))

BeginTransaction(p, kind) ==
    /\ proc[p].pc = "idle"
    /\ Spend(kind)
    /\ Draw(p)
    /\ Run(p, kind, <<p, fresh[p]>>, 1)
    /\ UNCHANGED <<store, objects, late, answers, deleted, replaced>>

\* The objects of the log that will be garbage are listed before the put that makes them so.
ListLeftBehind(p) ==
    /\ proc[p].pc = "list"
    /\ IsTransaction(proc[p])
    /\ Set(p, Prepare([proc[p] EXCEPT !.garbage = DOMAIN objects]))
    /\ UNCHANGED <<store, objects, late, fresh, left, answers, deleted, replaced>>

\* A large transaction puts its object under a key that nobody knows.
PutObject(p) ==
    LET t == proc[p]
        c == CommitOf(t)
        whole == t.base.fmt # "log"
        entries == IF whole THEN Append(t.image, c) ELSE Append(t.base.tail, c)
        key == IF Defect = "reusable slots" /\ ~whole THEN <<"log", "slot", Txid(t)>>
               ELSE <<IF whole THEN "base" ELSE "log", p, fresh[p]>>
        body == IF whole
                THEN [Reservation(t.db) EXCEPT !.txid = Txid(t), !.recent = Remember(RecentOf(t), c),
                                               !.base = [key |-> key, txid |-> Txid(t)]]
                ELSE WithSegment(t.base, c, key)
    IN
    /\ t.pc = "object"
    /\ IF Exists(key) /\ objects[key] # [entries |-> entries]
       THEN \* Only slots are ever taken.
            Set(p, [t EXCEPT !.pc = "conflict"]) /\ UNCHANGED objects
       ELSE /\ objects' = (key :> [entries |-> entries]) @@ objects
            /\ Set(p, [t EXCEPT !.pc = "put", !.stage = "commit", !.body = body, !.doubt = FALSE])
    /\ Draw(p)
    /\ UNCHANGED <<store, late, left, answers, deleted, replaced>>

Answer(t, ok) == answers' = answers \cup {[op |-> t.op, ok |-> ok, db |-> t.db, txid |-> Txid(t)]}

\* Commit.judge, for a put whose answer was lost.
Judge(t, newest) ==
    LET recent == IF newest = NoObject THEN <<>> ELSE newest.recent
        known == IF Defect = "looks at the newest id only" THEN SubSeq(recent, 1, IF recent = <<>> THEN 0 ELSE 1) ELSE recent
        overtaken == IsLog(newest) /\ IsLog(t.base) /\ newest.db = t.base.db /\ newest.txid = t.base.txid
                     /\ newest.recent = t.base.recent /\ newest # t.base
        wouldKnow == /\ newest # NoObject
                     /\ newest.db = t.db
                     /\ newest.txid >= Txid(t)
                     /\ Defect = "forgets that ids are forgotten" \/ newest.txid - Txid(t) < MaxRecent
    IN CASE CommitOf(t) \in Elements(known) -> IF known[1] = CommitOf(t) THEN "committed" ELSE "committed beneath others"
         [] CommitOf(t) \notin Elements(known) /\ (wouldKnow \/ overtaken) -> "conflict"
         [] OTHER -> "unknown"

\* Commit.onTopOfTheSame: the object was merely replaced, or the name reserved, and the transaction may still be put.
Again(t, newest) ==
    CASE IsLog(t.base) /\ IsLog(newest) /\ newest.db = t.base.db /\ newest.txid = t.base.txid
            /\ newest.recent = t.base.recent ->
            Prepare([t EXCEPT !.base = newest, !.cond = newest, !.stage = "commit", !.doubt = FALSE])
      [] t.base = NoObject /\ IsLog(newest) /\ newest.txid = 0 ->
            Prepare([t EXCEPT !.cond = newest, !.stage = "commit", !.doubt = FALSE])
      [] OTHER -> [t EXCEPT !.pc = "conflict"]

LookForCommit(p) ==
    LET t == proc[p]
        outcome == IF ~t.doubt \/ t.stage = "reserve" THEN "conflict"
                   ELSE IF Defect = "runs again in doubt" THEN "conflict"
                   ELSE Judge(t, store)
        again == IF ~t.doubt /\ t.base.fmt = "file" THEN [t EXCEPT !.pc = "conflict"] ELSE Again(t, store)
    IN
    /\ t.pc = "look"
    /\ IsTransaction(t)
    /\ CASE outcome = "committed" ->
                Answer(t, TRUE) /\ Set(p, IF t.kind = "toFile" THEN [t EXCEPT !.pc = "delete"] ELSE Idle)
         [] outcome = "committed beneath others" -> Answer(t, TRUE) /\ Set(p, Idle)
         [] outcome = "unknown" -> Set(p, Idle) /\ UNCHANGED answers
         [] outcome = "conflict" -> Set(p, again) /\ UNCHANGED answers
    /\ UNCHANGED <<store, objects, late, fresh, left, deleted, replaced>>

\* A transaction that was not committed is run again, or its caller is told.
RunAgain(p) ==
    /\ proc[p].pc = "conflict"
    /\ Spend("rerun")
    /\ Run(p, proc[p].kind, proc[p].op, proc[p].try + 1)
    /\ UNCHANGED <<store, objects, late, fresh, answers, deleted, replaced>>

Refuse(p) ==
    /\ proc[p].pc = "conflict"
    /\ Answer(proc[p], FALSE)
    /\ Set(p, Idle)
    /\ UNCHANGED <<store, objects, late, fresh, left, deleted, replaced>>

--------------------------------------------------------------------------------
(* The conditional put (Publication), of transactions and maintenance alike,  *)
(* and the conditional delete, which puts nothing in the object's place      *)

Replace(body) ==
    /\ store' = body
    /\ deleted' = IF IsDatabase(store) /\ ~IsDatabase(body) THEN deleted \cup {store.db} ELSE deleted
    /\ replaced' = IF store = NoObject THEN replaced ELSE replaced \cup {store}

\* It is stored and its sender knows.
PutStored(p) ==
    LET t == proc[p] IN
    /\ t.pc = "put"
    /\ store = t.cond
    /\ Replace(t.body)
    /\ IF IsTransaction(t) /\ t.stage = "commit" THEN Answer(t, TRUE) ELSE UNCHANGED answers
    /\ Set(p, CASE IsTransaction(t) /\ t.stage = "reserve" -> Prepare([t EXCEPT !.stage = "commit", !.cond = t.body, !.doubt = FALSE])
                [] t.kind \in {"collect", "delete", "toFile"} -> [t EXCEPT !.pc = "delete", !.body = NoObject, !.doubt = FALSE]
                [] OTHER -> Idle)
    /\ UNCHANGED <<objects, late, fresh, left>>

\* It is refused. If an attempt before went without an answer, it may be that one that is in its way.
PutRefused(p) ==
    /\ proc[p].pc = "put"
    /\ store # proc[p].cond
    /\ Set(p, [proc[p] EXCEPT !.pc = "look", !.body = NoObject])
    /\ UNCHANGED <<store, objects, late, fresh, left, answers, deleted, replaced>>

\* After a lost answer it is sent again: the same bytes on the same condition, which holds once at most. The condition that
\* there is no object holds again after a deletion: what creates a database is not sent again but looked for, and what reserves
\* its name is followed by another reservation.
AfterLostAnswer(t) ==
    LET creates == IsTransaction(t) /\ t.cond = NoObject IN
    CASE creates /\ t.stage = "commit" /\ Defect # "sends a creation again" ->
            [t EXCEPT !.pc = "look", !.doubt = TRUE, !.body = NoObject]
      [] creates /\ t.stage = "reserve" /\ Defect # "sends a reservation again" ->
            [t EXCEPT !.doubt = TRUE, !.body = ReservationOf(t, @.db[3] + 1)]
      [] OTHER -> [t EXCEPT !.doubt = TRUE]

\* Its answer is lost: it has been stored, or will be, or never will be.
PutLost(p) ==
    LET t == proc[p] IN
    /\ t.pc = "put"
    /\ Spend("lost")
    /\ Set(p, AfterLostAnswer(t))
    /\ \/ store = t.cond /\ Replace(t.body) /\ UNCHANGED late
       \/ late' = late \cup {[cond |-> t.cond, body |-> t.body]} /\ UNCHANGED <<store, deleted, replaced>>
    /\ UNCHANGED <<objects, fresh, answers>>

\* Its sender's time is up. Whoever has come no further than to reserve a name has committed nothing.
GiveUp(p) ==
    LET t == proc[p] IN
    /\ t.pc = "put"
    /\ t.doubt
    /\ Set(p, [t EXCEPT !.pc = IF IsTransaction(t) /\ t.stage = "reserve" THEN "conflict" ELSE "look", !.body = NoObject])
    /\ UNCHANGED <<store, objects, late, fresh, left, answers, deleted, replaced>>

Arrive ==
    \E put \in late :
        /\ store = put.cond
        /\ Replace(put.body)
        /\ late' = late \ {put}
        /\ UNCHANGED <<objects, proc, fresh, left, answers>>

--------------------------------------------------------------------------------
(* Maintenance (LogMaintenance). "look" is where the newest manifest is read  *)
(* and the change is judged on it, the first time and after each lost race.   *)

\* 'collections' is what the gc counter was when the objects were put.
Task(kind) ==
    [pc |-> "look", kind |-> kind, cond |-> NoObject, body |-> NoObject, doubt |-> FALSE, listed |-> {},
     garbage |-> {}, image |-> <<>>, db |-> NoKey, former |-> NoBase, run |-> <<>>, key |-> NoKey, archive |-> NoKey, collections |-> 0]

\* The snapshot of a working copy, which may be behind when the newest manifest is read.
BeginCheckpoint(p) ==
    /\ proc[p].pc = "idle"
    /\ IsLog(store) /\ IsDatabase(store) /\ Whole(store)
    /\ Spend("checkpoint")
    /\ Set(p, [Task("checkpoint") EXCEPT !.image = Content(store), !.db = store.db])
    /\ UNCHANGED <<store, objects, late, fresh, answers, deleted, replaced>>

Reusable(t) == t.key # NoKey /\ (t.collections = store.gc \/ Defect = "reuses objects after a collection")

\* The snapshot's commit must be among those that the newest manifest remembers: whoever is too far behind gives up.
LookForCheckpoint(p) ==
    LET t == proc[p]
        txid == Len(t.image)
        former == IF t.cond = NoObject THEN store.base ELSE t.former
        due == /\ IsLog(store)
               /\ store.db = t.db
               /\ txid <= store.txid
               /\ \E i \in 1..Len(store.recent) :
                    i = store.txid - txid + 1 /\ store.recent[i] = t.image[txid]
               /\ txid > store.base.txid
               /\ store.base = former
    IN
    /\ t.pc = "look"
    /\ t.kind = "checkpoint"
    /\ Set(p, CASE ~due -> Idle
                [] due /\ Reusable(t) ->
                    [t EXCEPT !.pc = "put", !.doubt = FALSE, !.cond = store,
                              !.body = Rebased(store, [key |-> t.key, txid |-> txid], t.archive)]
                [] OTHER ->
                    [t EXCEPT !.pc = "base", !.doubt = FALSE, !.cond = store, !.former = former,
                              !.collections = store.gc])
    /\ UNCHANGED <<store, objects, late, fresh, left, answers, deleted, replaced>>

PutBase(p) ==
    LET key == <<"base", p, fresh[p]>> IN
    /\ proc[p].pc = "base"
    /\ objects' = (key :> [entries |-> proc[p].image]) @@ objects
    /\ Draw(p)
    /\ Set(p, [proc[p] EXCEPT !.pc = "archive", !.key = key])
    /\ UNCHANGED <<store, late, left, answers, deleted, replaced>>

PutArchive(p) ==
    LET t == proc[p]
        archive == <<"manifest", p, fresh[p]>>
    IN
    /\ t.pc = "archive"
    /\ objects' = (archive :> [manifest |-> t.cond]) @@ objects
    /\ Draw(p)
    /\ Set(p, [t EXCEPT !.pc = "put", !.archive = archive,
                        !.body = Rebased(t.cond, [key |-> t.key, txid |-> Len(t.image)], archive)])
    /\ UNCHANGED <<store, late, left, answers, deleted, replaced>>

BeginMerge(p) ==
    /\ proc[p].pc = "idle"
    /\ IsLog(store) /\ Len(store.segs) >= 2
    /\ Spend("merge")
    /\ Set(p, [Task("merge") EXCEPT !.run = store.segs, !.cond = store])
    /\ UNCHANGED <<store, objects, late, fresh, answers, deleted, replaced>>

\* The segments are read, all of them, or others have merged them already.
ReadSegments(p) ==
    LET t == proc[p] IN
    /\ t.pc = "look"
    /\ t.kind = "merge"
    /\ t.image = <<>>
    /\ Set(p, IF \A s \in Elements(t.run) : Exists(s.key)
              THEN [t EXCEPT !.pc = "merge", !.collections = t.cond.gc,
                             !.image = Replay(SubSeq(<<1, 2, 3, 4, 5, 6, 7, 8, 9>>, 1, t.run[1].from - 1), t.run)]
              ELSE Idle)
    /\ UNCHANGED <<store, objects, late, fresh, left, answers, deleted, replaced>>

LookForMerge(p) ==
    LET t == proc[p] IN
    /\ t.pc = "look"
    /\ t.kind = "merge"
    /\ t.image # <<>>
    /\ Set(p, CASE ~IsLog(store) \/ ~(Elements(t.run) \subseteq Elements(store.segs)) -> Idle
                [] IsLog(store) /\ Elements(t.run) \subseteq Elements(store.segs) /\ Reusable(t) ->
                    [t EXCEPT !.pc = "put", !.doubt = FALSE, !.cond = store, !.body = Merged(store, t.run, t.key)]
                [] OTHER ->
                    [t EXCEPT !.pc = "merge", !.doubt = FALSE, !.cond = store, !.collections = store.gc])
    /\ UNCHANGED <<store, objects, late, fresh, left, answers, deleted, replaced>>

PutMerged(p) ==
    LET t == proc[p]
        key == <<"log", p, fresh[p]>>
    IN
    /\ t.pc = "merge"
    /\ objects' = (key :> [entries |-> SubSeq(t.image, t.run[1].from, Len(t.image))]) @@ objects
    /\ Draw(p)
    /\ Set(p, [t EXCEPT !.pc = "put", !.key = key, !.body = Merged(t.cond, t.run, key)])
    /\ UNCHANGED <<store, late, left, answers, deleted, replaced>>

BeginCollection(p) ==
    /\ proc[p].pc = "idle"
    /\ IsLog(store)
    /\ Spend("collect")
    /\ Set(p, [Task("collect") EXCEPT !.listed = DOMAIN objects])
    /\ UNCHANGED <<store, objects, late, fresh, answers, deleted, replaced>>

LookForGarbage(p) ==
    LET t == proc[p]
        garbage == IF IsLog(store) THEN t.listed \ KeysSince(store, Retained, t.listed) ELSE {}
    IN
    /\ t.pc = "look"
    /\ t.kind = "collect"
    /\ Set(p, CASE garbage = {} -> Idle
                [] garbage # {} /\ Defect = "collects without a swap" -> [t EXCEPT !.pc = "delete", !.garbage = garbage]
                [] OTHER -> [t EXCEPT !.pc = "put", !.doubt = FALSE, !.garbage = garbage, !.cond = store,
                                      !.body = [store EXCEPT !.gc = @ + 1]])
    /\ UNCHANGED <<store, objects, late, fresh, left, answers, deleted, replaced>>

\* Afterwards the name is as free as it was before the creation.
BeginDeletion(p) ==
    /\ proc[p].pc = "idle"
    /\ Spend("delete")
    /\ Set(p, [Task("delete") EXCEPT !.pc = "list", !.cond = store])
    /\ UNCHANGED <<store, objects, late, fresh, answers, deleted, replaced>>

ListForDeletion(p) ==
    /\ proc[p].pc = "list"
    /\ proc[p].kind = "delete"
    /\ Set(p, [proc[p] EXCEPT !.pc = IF proc[p].cond = NoObject THEN "look" ELSE "put", !.garbage = DOMAIN objects])
    /\ UNCHANGED <<store, objects, late, fresh, left, answers, deleted, replaced>>

\* What was listed before a moment at which there is no object is nobody's: who puts objects holds a reservation at least. So it
\* is deleted after a lost answer, and where a deletion was cut short. If the database has moved on, it is left alone.
LookAfterDeletion(p) ==
    LET t == proc[p] IN
    /\ t.pc = "look"
    /\ t.kind = "delete"
    /\ Set(p, IF store = NoObject /\ (t.doubt \/ t.cond = NoObject) THEN [t EXCEPT !.pc = "delete"] ELSE Idle)
    /\ UNCHANGED <<store, objects, late, fresh, left, answers, deleted, replaced>>

\* Objects are deleted by who knows that his swap is in: a collector, who leaves a database, who deletes one. A collector
\* deletes archived manifests first, so that as long as one is there, so is all that it names.
DeleteObjects(p) ==
    LET t == proc[p]
        garbage == CASE Defect = "lists after the swap" /\ t.kind = "collect" ->
                           DOMAIN objects \ KeysSince(t.cond, Retained, DOMAIN objects)
                     [] Defect = "lists after the deletion" /\ t.kind = "delete" -> DOMAIN objects
                     [] OTHER -> t.garbage
        archives == {key \in garbage : key[1] = "manifest"}
        now == IF t.kind = "collect" /\ archives # {} /\ Defect # "deletes in any order" THEN archives
               ELSE IF Defect = "deletes in any order" /\ archives # {} THEN garbage \ archives ELSE garbage
    IN
    /\ t.pc = "delete"
    /\ objects' = [key \in DOMAIN objects \ now |-> objects[key]]
    /\ Set(p, IF now = garbage THEN Idle ELSE [t EXCEPT !.garbage = garbage \ now])
    /\ UNCHANGED <<store, late, fresh, left, answers, deleted, replaced>>

--------------------------------------------------------------------------------

\* What a process has sent it cannot take back; what it meant to do is forgotten.
CrashOf(p) ==
    /\ proc[p].pc # "idle"
    /\ Spend("crash")
    /\ Set(p, Idle)
    /\ UNCHANGED <<store, objects, late, fresh, answers, deleted, replaced>>

Step(p) ==
    \/ \E kind \in {"small", "large", "toFile", "toLog"} : BeginTransaction(p, kind)
    \/ ListLeftBehind(p) \/ PutObject(p) \/ LookForCommit(p) \/ RunAgain(p) \/ Refuse(p)
    \/ PutStored(p) \/ PutRefused(p) \/ PutLost(p) \/ GiveUp(p)
    \/ BeginCheckpoint(p) \/ LookForCheckpoint(p) \/ PutBase(p) \/ PutArchive(p)
    \/ BeginMerge(p) \/ ReadSegments(p) \/ LookForMerge(p) \/ PutMerged(p)
    \/ BeginCollection(p) \/ LookForGarbage(p)
    \/ BeginDeletion(p) \/ ListForDeletion(p) \/ LookAfterDeletion(p)
    \/ DeleteObjects(p) \/ CrashOf(p)

Next == Arrive \/ \E p \in Processes : Step(p)

Spec == Init /\ [][Next]_vars

--------------------------------------------------------------------------------
(* What must always hold                                                      *)

RECURSIVE FollowOn(_, _, _)
FollowOn(segs, at, first) ==
    IF segs = <<>> THEN at
    ELSE LET s == Head(segs) IN
         IF (s.from = at + 1 \/ (first /\ s.from <= at)) /\ s.to > at THEN FollowOn(Tail(segs), s.to, FALSE) ELSE 0

\* Base, segments and tail follow on one another up to the manifest's TXID.
IsContiguous(m) == IsLog(m) /\ m.txid > 0 => FollowOn(m.segs, m.base.txid, TRUE) + Len(m.tail) = m.txid

TxidsAreContiguous == IsContiguous(store)

NamedObjectsExist ==
    IsLog(store) => \A key \in RetainedArchives(store, Retained) \cup ReachableKeys(store) : Exists(key)

\* Restoring yields as many transactions as the newest version claims.
EverythingRestores == IsDatabase(store) => Whole(store) /\ Len(Content(store)) = store.txid

AcknowledgedWritesAreThere ==
    answers # {} =>
        LET content == IF Whole(store) THEN Content(store) ELSE <<>> IN
        \A a \in answers : a.ok =>
            \/ IsDatabase(store) /\ store.db = a.db /\ Len(content) >= a.txid /\ content[a.txid][1] = a.op
            \/ a.db \in deleted

NothingIsThereTwice ==
    IsDatabase(store) =>
        LET content == Content(store) IN Cardinality({content[i][1] : i \in 1..Len(content)}) = Len(content)

RefusedWritesAreNotThere ==
    (\E a \in answers : ~a.ok) /\ IsDatabase(store) =>
        LET content == Content(store)
            ops == {content[i][1] : i \in 1..Len(content)}
        IN \A a \in answers : ~a.ok => a.op \notin ops

\* Each archived manifest leads up to the base of its successor, with the same transactions.
RECURSIVE Leads(_, _)
Leads(m, content) ==
    m.prev # NoKey /\ Exists(m.prev) =>
        LET archive == objects[m.prev].manifest IN
        /\ IsContiguous(archive)
        /\ archive.txid >= m.base.txid
        /\ Content(archive) = SubSeq(content, 1, archive.txid)
        /\ Leads(archive, content)

HistoryRestores == IsLog(store) => Leads(store, Content(store))

DeletedDatabasesStayDeleted == IsDatabase(store) => store.db \notin deleted

\* What a condition on a version relies on. That there is no object is no version, and comes back with each deletion.
VersionsNeverComeBack == store \notin replaced

================================================================================
