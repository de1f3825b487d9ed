package io.cloudsqlite.format;

import io.cloudsqlite.copy.DatabaseVersion;

/** What became of a commit, of one transaction or several, that was sent to the store. */
public sealed interface CommitOutcome {

    /** It is durable, and is the newest version. */
    record Committed(DatabaseVersion version) implements CommitOutcome {}

    /**
     * It is durable, but others have committed on top of it already, so that the working copy is behind.
     *
     * @param txid the last of its TXIDs
     */
    record CommittedBeneathOthers(long txid) implements CommitOutcome {}

    /** It is not durable and never will be: the database had moved on. */
    record Conflict() implements CommitOutcome {}

    /**
     * It may be durable now, or later, or never.
     *
     * @param cause what kept the answer from being learned
     */
    record Unknown(Throwable cause) implements CommitOutcome {}
}
