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
 * A transaction that is to be published, but for what it changes.
 *
 * @param base the version that it builds on; empty if it creates the database
 * @param databaseId which database it is
 * @param id the fresh id of this transaction
 * @param condition what must hold of the database's object at the moment of the commit, and for as long as nobody else commits
 */
record Commit(
        DatabaseName database,
        Optional<DatabaseVersion> base,
        CommitId databaseId,
        CommitId id,
        PutCondition condition) {

    static Commit onTopOf(Optional<DatabaseVersion> base, DatabaseName database, CommitId databaseId, CommitId id) {
        PutCondition condition =
                base.map(version -> PutCondition.ifMatches(version.blob())).orElse(PutCondition.IF_ABSENT);
        return new Commit(database, base, databaseId, id, condition);
    }

    /**
     * This transaction on top of {@code newest}, if nobody has committed since the version that it builds on: the object was
     * merely replaced, by a checkpoint for example, or the name reserved for a database that was not created yet.
     */
    Optional<Commit> onTopOfTheSame(DatabaseVersion newest) {
        if (isOvertakenOnlyBy(newest)) {
            return Optional.of(onTopOf(Optional.of(newest), database, databaseId, id));
        }
        return base.isEmpty() && LogFormat.isReservation(newest)
                ? Optional.of(onReservation(newest.blob()))
                : Optional.empty();
    }

    /** This transaction, which creates the database in the place that is reserved for one. */
    Commit onReservation(BlobVersion reservation) {
        return new Commit(database, base, databaseId, id, PutCondition.ifMatches(reservation));
    }

    /** The TXID that the transaction gets. */
    long txid() {
        return base.map(DatabaseVersion::txid).orElse(0L) + 1;
    }

    /** The commit ids that its version remembers. */
    List<CommitId> recentCommits() {
        return DatabaseVersion.commitsAfter(
                base.map(DatabaseVersion::recentCommits).orElse(List.of()), id);
    }

    /** The version that the transaction makes. */
    DatabaseVersion version(DatabaseFormat format, BlobVersion blob) {
        return new DatabaseVersion(format, Optional.of(databaseId), txid(), recentCommits(), blob);
    }

    /**
     * Whether {@code newest} is the state that the transaction builds on, under another version, so that the condition cannot
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
     * What became of this transaction, which was sent and whose answer was lost, as far as the newest version tells.
     *
     * @param cause why the outcome is open
     */
    CommitOutcome judge(DatabaseVersion newest, Throwable cause) {
        int position = newest.recentCommits().indexOf(id);
        if (position == 0) {
            return new CommitOutcome.Committed(newest);
        }
        if (position > 0) {
            return new CommitOutcome.CommittedBeneathOthers(txid());
        }
        // A version of this database would know the id if it is not older than the transaction and remembers all that
        // was committed since. Any other says nothing: an attempt may still be on its way, or too much has happened
        // since, or the database was deleted or put back to an older state by hand.
        long committedSince = newest.txid() - txid();
        boolean wouldKnow = newest.databaseId().equals(Optional.of(databaseId))
                && committedSince >= 0
                && committedSince < DatabaseVersion.MAX_RECENT_COMMITS;
        return wouldKnow || isOvertakenOnlyBy(newest) ? new CommitOutcome.Conflict() : new CommitOutcome.Unknown(cause);
    }
}
