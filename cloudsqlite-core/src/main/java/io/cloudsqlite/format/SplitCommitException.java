package io.cloudsqlite.format;

import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.DatabaseName;
import java.util.Optional;

/**
 * Transactions that were committed together are wanted in part: reading was to begin or to end between them. There is no such
 * state, so it depends on who asks whether somebody named it by mistake, or the log is another one than was thought.
 */
final class SplitCommitException extends Exception {

    private static final long serialVersionUID = 1L;

    private final long fromTxid;
    private final long toTxid;

    private SplitCommitException(long fromTxid, long toTxid) {
        super("the transactions " + fromTxid + " to " + toTxid + " were committed together", null, false, false);
        this.fromTxid = fromTxid;
        this.toTxid = toTxid;
    }

    /** What to throw if not all of a commit comes after {@code afterTxid} and up to {@code upToTxid}, and not none of it. */
    static Optional<SplitCommitException> check(long fromTxid, long toTxid, long afterTxid, long upToTxid) {
        boolean isWanted = toTxid > afterTxid && fromTxid <= upToTxid;
        boolean isWhole = fromTxid > afterTxid && toTxid <= upToTxid;
        return isWanted && !isWhole ? Optional.of(new SplitCommitException(fromTxid, toTxid)) : Optional.empty();
    }

    /** The first transaction of the commit. */
    long fromTxid() {
        return fromTxid;
    }

    /** The last transaction of the commit. */
    long toTxid() {
        return toTxid;
    }

    /** What to throw where nobody but the objects of the database themselves named the place. */
    CorruptDatabaseException asDamage(DatabaseName database) {
        return new CorruptDatabaseException("The database '" + database + "' is damaged: " + getMessage()
                + ", and another of its objects begins or ends between them. Restore it as of an earlier transaction, or an"
                + " older version of its objects");
    }
}
