package io.cloudsqlite.simulator;

/** What can go wrong with one call to the store or the lock service. */
enum Fault {
    /** Nothing. */
    NONE,
    /** The process is killed before the call has any effect. */
    DIE_BEFORE,
    /** The process is killed after the call has had its effect, before it learns of it. */
    DIE_AFTER,
    /** The call has no effect, and its caller does not learn whether it had. */
    LOST_BEFORE,
    /** The call has its effect, and its caller does not learn whether it had. */
    LOST_AFTER,
    /** The caller does not learn whether the call had an effect, which it has some time later. */
    LATE,
    /** The service refuses to do anything, and says so. */
    UNAVAILABLE,
    /** What is read breaks off in the middle, or has a byte that is wrong. */
    DAMAGED_BODY,
    /** The process stands still for longer than a lease lasts, before the call. */
    PAUSE_BEFORE,
    /** The process stands still for longer than a lease lasts, after the call. */
    PAUSE_AFTER
}
