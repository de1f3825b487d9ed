package io.cloudsqlite.session;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.CommitUnknownException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.StatementTimeoutException;
import io.cloudsqlite.WriteConflictException;
import io.cloudsqlite.copy.DatabaseVersion;
import io.cloudsqlite.copy.WorkDirectory;
import io.cloudsqlite.copy.WriteGroup;
import io.cloudsqlite.format.Operation;
import io.cloudsqlite.sql.SqlExecutor;
import io.cloudsqlite.store.BlobVersion;
import io.cloudsqlite.time.Deadline;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One caller's transaction on its way: what it is to do, and what has become of it. It runs on the caller's own thread when it is
 * its turn; all else is done by the thread that commits the {@linkplain GroupCommit group}. Guarded by the lock of its {@link
 * WriterQueue}, but while it is {@link State#INVITED} it belongs to its own thread.
 */
final class Writer<T> {

    private static final int MAX_ATTEMPTS = 10;

    /** How much longer than its deadline a writer waits for what becomes of a commit that began before. */
    private static final Duration GRACE = Duration.ofSeconds(2);

    /** What is run within a write transaction. */
    @FunctionalInterface
    interface Work<T> {
        T run(WriteGroup transactions, Operation operation) throws SQLException;
    }

    /**
     * How a transaction may be run.
     *
     * @param isRepeatable whether it may be run again, where it is certain that it was not committed
     * @param isAlone whether it shares its commit with no other
     */
    record Kind(boolean isRepeatable, boolean isAlone) {
        static final Kind STATEMENTS = new Kind(true, false);
        static final Kind CODE = new Kind(false, false);
        static final Kind VACUUM = new Kind(true, true);
    }

    enum State {
        /** It waits for its turn. */
        WAITING,
        /** It is the first of those for whom the lock is being acquired, which ends by itself. */
        FIRST,
        /** Its own thread is to run it. */
        INVITED,
        /** It was run, and waits for what becomes of the group. */
        RUN,
        /** There is nothing more to wait for. */
        DECIDED
    }

    private final DatabaseName database;
    private final Kind kind;
    private final Work<T> work;
    private final RequestOptions options;
    private final Operation operation;
    private final CostMeter meter;
    private final Condition told;

    private Deadline endOfWait;
    private Deadline giveUpAt;
    private State state = State.WAITING;
    private @Nullable GroupCommit group;
    private int attempts;

    private @Nullable Supplier<T> result;
    private @Nullable Throwable failure;
    private boolean isChange;
    private boolean dependsOnGroup;
    private long txid;
    private Optional<BlobVersion> version = Optional.empty();

    /**
     * @param told wakes its thread
     * @param endOfWait by when it must be its turn
     */
    Writer(
            DatabaseName database,
            Kind kind,
            Work<T> work,
            RequestOptions options,
            Operation operation,
            CostMeter meter,
            Condition told,
            Deadline endOfWait) {
        this.database = database;
        this.kind = kind;
        this.work = work;
        this.options = options;
        this.operation = operation;
        this.meter = meter;
        this.told = told;
        this.giveUpAt = operation.deadline().withGrace(GRACE);
        this.endOfWait = endOfWait;
    }

    Kind kind() {
        return kind;
    }

    /** The group in which it was invited last. */
    GroupCommit group() {
        return Objects.requireNonNull(group);
    }

    Operation operation() {
        return operation;
    }

    int attempts() {
        return attempts;
    }

    State state() {
        return state;
    }

    Deadline endOfWait() {
        return endOfWait;
    }

    /** Whether it is not its turn yet. */
    boolean isWaiting() {
        return state == State.WAITING || state == State.FIRST;
    }

    Condition told() {
        return told;
    }

    /** Until when it waits to be told something. */
    Deadline patience() {
        return state == State.WAITING ? endOfWait : giveUpAt;
    }

    /** Whether it may take longer than {@code other} waits, which has run before in the same group. */
    boolean mayOutlast(Writer<?> other) {
        return other.state == State.RUN && operation.deadline().compareTo(other.giveUpAt) > 0;
    }

    /** The lock is being acquired for this one, and those behind it. */
    void becomeFirst() {
        state = State.FIRST;
        told.signal();
    }

    /** It is its turn, as the next of {@code running}. */
    void invite(GroupCommit running) {
        state = State.INVITED;
        group = running;
        told.signal();
    }

    /** Runs it, on its own thread, after it was invited. */
    void run() {
        GroupCommit running = group();
        WriteGroup transactions = running.transactions();
        attempts++;
        running.chargePreparation(meter, operation);
        // Unless the store was asked, and nobody of the group has written before, what it sees may not be durable.
        dependsOnGroup = running.isHinted() || transactions.transactions() > 0;
        failure = null;
        isChange = false;
        try {
            transactions.begin();
            options.requireBookmark(database, transactions.txid());
            T value = work.run(transactions, operation);
            result = () -> value;
            if (Thread.currentThread().isInterrupted()) {
                throw new OperationInterruptedException(
                        "Interrupted while writing to the database '" + database + "'; nothing was changed");
            }
            isChange = transactions.commit();
        } catch (SQLException e) {
            failure = SqlExecutor.translate(e);
        } catch (IOException e) {
            failure = WorkDirectory.failed(database, e);
        } catch (RuntimeException | Error e) {
            failure = e;
        }
        if (failure != null) {
            transactions.rollBack();
        }
        txid = transactions.txid();
        meter.executed();
        if (failure instanceof CloudSqliteException meaning) {
            running.noteFailure(meaning);
        }
    }

    /** Notes that it was run, and decides what has become of it if that does not depend on its group. */
    void hasRun() {
        // Code may have taken longer than it had: what has become of it is known soon after.
        giveUpAt = operation.deadline().withGrace(GRACE);
        boolean isTooLate =
                failure instanceof StatementTimeoutException || failure instanceof OperationInterruptedException;
        if (isTooLate || (!isChange && !dependsOnGroup)) {
            version = group().transactions().base().map(DatabaseVersion::blob);
            decide(failure);
        } else {
            state = State.RUN;
        }
    }

    /**
     * Notes what has become of the group that it was to be run in.
     *
     * @param endOfNextWait until when it waits if it is to be run in another
     * @return whether it is
     */
    boolean settle(GroupCommit settled, Deadline endOfNextWait) {
        if (state == State.DECIDED) {
            return false;
        }
        GroupCommit.Outcome outcome = settled.outcome();
        boolean isNext;
        if (isWaiting()) {
            isNext = settled.hasBegun();
        } else {
            settled.chargePublication(operation);
            isNext = mayHaveSeenWhatIsNotDurable(outcome) && mayBeRunAgain();
        }
        if (isNext) {
            state = State.WAITING;
            endOfWait = endOfNextWait;
            told.signal();
        } else if (outcome instanceof GroupCommit.Outcome.Durable durable) {
            version = durable.version().filter(newest -> newest.txid() == txid).map(DatabaseVersion::blob);
            decide(failure);
        } else if (outcome instanceof GroupCommit.Outcome.Unknown && !isChange) {
            decide(new WriteConflictException("It is not known whether all that the transaction saw of the database '"
                    + database + "' is durable; nothing was changed. Run it again"));
        } else {
            decide(outcome.failure());
        }
        return isNext;
    }

    private boolean mayHaveSeenWhatIsNotDurable(GroupCommit.Outcome outcome) {
        return outcome instanceof GroupCommit.Outcome.Overtaken
                || (outcome instanceof GroupCommit.Outcome.Unknown && !isChange);
    }

    private boolean mayBeRunAgain() {
        return kind.isRepeatable()
                && attempts < MAX_ATTEMPTS
                && !operation.deadline().hasPassed();
    }

    /** Ends it: with {@code reason}, or well. */
    void decide(@Nullable Throwable reason) {
        failure = reason;
        state = State.DECIDED;
    }

    /** Ends it because it has waited for too long, or was interrupted. */
    void giveUp(Throwable whileWaiting) {
        boolean mayBeDurable = state == State.RUN && isChange;
        decide(mayBeDurable ? new CommitUnknownException(database, group().commit(), whileWaiting) : whileWaiting);
    }

    /** What has become of it. */
    Answer<T> conclude() {
        if (failure instanceof RuntimeException exception) {
            throw exception;
        }
        if (failure instanceof Error error) {
            throw error;
        }
        meter.committed();
        return new Answer<>(Objects.requireNonNull(result).get(), txid, version, meter.cost());
    }
}
