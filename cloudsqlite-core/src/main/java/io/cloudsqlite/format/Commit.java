package io.cloudsqlite.format;

import io.cloudsqlite.CommitId;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.copy.DatabaseVersion;
import io.cloudsqlite.store.BlobVersion;
import io.cloudsqlite.store.PutCondition;
import java.util.List;
import java.util.Optional;

/**
 * What is to be published at once, a transaction or several that follow on one another, but for what it changes.
 *
 * @param base the version that it builds on; empty if it creates the database
 * @param databaseId which database it is
 * @param transactions how many transactions it consists of, 1 or more; each has a TXID of its own
 * @param id the fresh id of this commit
 * @param condition what must hold of the database's object at the moment of the commit, and for as long as nobody else commits
 */
record Commit(
        DatabaseName database,
        Optional<DatabaseVersion> base,
        CommitId databaseId,
        int transactions,
        CommitId id,
        PutCondition condition) {

    Commit {
        if (transactions < 1) {
            throw new IllegalArgumentException("a commit of " + transactions + " transactions");
        }
    }

    static Commit onTopOf(
            Optional<DatabaseVersion> base, DatabaseName database, CommitId databaseId, int transactions, CommitId id) {
        PutCondition condition =
                base.map(version -> PutCondition.ifMatches(version.blob())).orElse(PutCondition.IF_ABSENT);
        return new Commit(database, base, databaseId, transactions, id, condition);
    }

    /**
     * This commit on top of {@code newest}, if nobody has committed since the version that it builds on: the object was
     * merely replaced, by a checkpoint for example, or the name reserved for a database that was not created yet.
     */
    Optional<Commit> onTopOfTheSame(DatabaseVersion newest) {
        if (isOvertakenOnlyBy(newest)) {
            return Optional.of(onTopOf(Optional.of(newest), database, databaseId, transactions, id));
        }
        return base.isEmpty() && LogFormat.isReservation(newest)
                ? Optional.of(onReservation(newest.blob()))
                : Optional.empty();
    }

    /** This commit, which creates the database in the place that is reserved for one. */
    Commit onReservation(BlobVersion reservation) {
        return new Commit(database, base, databaseId, transactions, id, PutCondition.ifMatches(reservation));
    }

    /** The TXID that the first of its transactions gets. */
    long firstTxid() {
        return baseTxid() + 1;
    }

    /** The TXID that the last of its transactions gets, and with it the version that it makes. */
    long lastTxid() {
        return baseTxid() + transactions;
    }

    private long baseTxid() {
        return base.map(DatabaseVersion::txid).orElse(0L);
    }

    /** The commit ids that its version remembers. */
    List<CommitId> recentCommits() {
        return DatabaseVersion.commitsAfter(
                base.map(DatabaseVersion::recentCommits).orElse(List.of()), id);
    }

    /** The version that the commit makes. */
    DatabaseVersion version(DatabaseFormat format, BlobVersion blob) {
        return new DatabaseVersion(format, Optional.of(databaseId), lastTxid(), recentCommits(), blob);
    }

    /**
     * Whether {@code newest} is the state that the commit builds on, under another version, so that the condition cannot
     * hold any more.
     */
    private boolean isOvertakenOnlyBy(DatabaseVersion newest) {
        return base.filter(version -> newest.format() == DatabaseFormat.LOG
                        && version.format() == DatabaseFormat.LOG
                        && version.databaseId().equals(newest.databaseId())
                        && version.txid() == newest.txid()
                        && version.recentCommits().equals(newest.recentCommits())
                        && !version.blob().equals(newest.blob()))
                .isPresent();
    }

    /**
     * What became of this commit, which was sent and whose answer was lost, as far as the newest version tells.
     *
     * @param cause why the outcome is open
     */
    CommitOutcome judge(DatabaseVersion newest, Throwable cause) {
        int position = newest.recentCommits().indexOf(id);
        if (position == 0) {
            return new CommitOutcome.Committed(newest);
        }
        if (position > 0) {
            return new CommitOutcome.CommittedBeneathOthers(lastTxid());
        }
        // A version of this database would know the id if it is not older than the commit and remembers all that was
        // committed since. Any other says nothing: an attempt may still be on its way, or too much has happened since,
        // or the database was deleted or put back to an older state by hand.
        boolean wouldKnow = newest.databaseId().equals(Optional.of(databaseId))
                && (remembersAllSince(newest, lastTxid()) || isBuiltOnTheSameBase(newest));
        return wouldKnow || isOvertakenOnlyBy(newest) ? new CommitOutcome.Conflict() : new CommitOutcome.Unknown(cause);
    }

    /**
     * By number. A version remembers commits, each of which may be several transactions: so those since a TXID are at most as
     * many as the TXIDs since, and where these are too many, it may still remember them all, but nobody knows.
     */
    private static boolean remembersAllSince(DatabaseVersion newest, long txid) {
        long since = newest.txid() - txid;
        return since >= 0 && since < DatabaseVersion.MAX_RECENT_COMMITS;
    }

    /**
     * By name, which tells more where commits are of several transactions, for who was faster may have made fewer of them than
     * this one, or a great many. If a version remembers the commit that made the base, then it remembers all since; and if
     * there are any, the base's version, and with it the condition, is gone for good.
     */
    private boolean isBuiltOnTheSameBase(DatabaseVersion newest) {
        return base.flatMap(version -> version.recentCommits().stream().findFirst())
                .filter(baseCommit -> newest.recentCommits().indexOf(baseCommit) > 0)
                .isPresent();
    }
}
