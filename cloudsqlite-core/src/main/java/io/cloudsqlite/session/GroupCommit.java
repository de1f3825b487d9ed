package io.cloudsqlite.session;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.CommitId;
import io.cloudsqlite.CommitUnknownException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.StatementTimeoutException;
import io.cloudsqlite.WriteConflictException;
import io.cloudsqlite.copy.Change;
import io.cloudsqlite.copy.DatabaseVersion;
import io.cloudsqlite.copy.WorkDirectory;
import io.cloudsqlite.copy.WriteGroup;
import io.cloudsqlite.format.Checkout;
import io.cloudsqlite.format.CommitOutcome;
import io.cloudsqlite.format.Operation;
import io.cloudsqlite.lock.Lease;
import io.cloudsqlite.store.BlobVersion;
import io.cloudsqlite.time.Deadline;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The writes of one process that are committed together: under one lock, on one checkout, by one put. Each is a transaction of its
 * own, with a TXID of its own; one that fails is rolled back alone, and the others are committed.
 *
 * <p>Within a group, a transaction sees what those before it did, which is not durable yet. So whatever such a transaction comes
 * to, a value without a change or an error among them, is told only once the group is durable; if the group is refused, those
 * that may be are run again.
 *
 * <p>Used by one thread, with two exceptions: each transaction is run by its {@link Writer}'s thread, and who has run asks for the
 * {@linkplain #next next}, under the lock of the {@link WriterQueue}.
 */
final class GroupCommit implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(GroupCommit.class);

    /** Once transactions of the group have been run for so long, or have changed so many pages, the others wait for the next. */
    private static final Duration LONGEST_RUN = Duration.ofMillis(100);

    private static final int MANY_PAGES = 256;

    private final DatabaseName database;
    private final Environment environment;
    private final OpenDatabase open;
    private final Lease lease;
    private final List<Writer<?>> writers;
    private final Iterator<Writer<?>> order;
    private final Deadline deadline;
    private final Operation preparation;
    private final Operation publication;
    private final CommitId commit;
    private final long lockedAtNanos;
    private long preparedAtNanos;
    private boolean isHinted;
    private Checkout checkout = Checkout.HIT;
    private @Nullable WriteGroup transactions;
    private boolean isDamaged;
    private boolean isSent;
    private boolean isCommitted;
    private int attempts = 1;
    private Outcome outcome = new Outcome.Durable(Optional.empty());

    /** What has become of a group. */
    sealed interface Outcome {

        /** What to tell all those whom it concerns, the same exception to each; null if all is well. */
        @Nullable
        Throwable failure();

        /**
         * All that was changed and seen is durable.
         *
         * @param version the database's after the last of them; empty if others have committed on top already
         */
        record Durable(Optional<DatabaseVersion> version) implements Outcome {
            @Override
            public @Nullable Throwable failure() {
                return null;
            }
        }

        /** Others were faster; nothing was changed. */
        record Overtaken(WriteConflictException failure) implements Outcome {}

        /** It may be durable. */
        record Unknown(CommitUnknownException failure) implements Outcome {}

        /** Nothing was changed, and trying again at once is of no use. */
        record Failed(Throwable failure) implements Outcome {}
    }

    /**
     * @param lease the lock, which is held, and which who has acquired it gives back
     * @param writers whose transactions they are, in this order; there may be none
     */
    GroupCommit(OpenDatabase open, Environment environment, Lease lease, List<Writer<?>> writers) {
        this.open = open;
        this.database = open.name();
        this.environment = environment;
        this.lease = lease;
        this.writers = writers;
        this.order = writers.iterator();
        this.deadline = writers.stream()
                .map(writer -> writer.operation().deadline())
                .max(Comparator.naturalOrder())
                .orElseGet(() -> environment.begin(Optional.empty()).deadline());
        this.preparation = new Operation(deadline);
        this.publication = new Operation(deadline);
        this.commit = CommitId.next(environment.random());
        this.lockedAtNanos = environment.time().nanoTime();
        this.preparedAtNanos = lockedAtNanos;
    }

    /**
     * The life of a write, and of those that share its commit: check out, execute, commit. The lock is held by now, and is
     * released by who has acquired it.
     *
     * <p>Where the lock's {@linkplain Lease#lastCommitted hint} says that the working copy is current, the checkout is left out. The
     * hint may be wrong, and then the work ran on an old version: a commit shows that by its condition. Everything else that the
     * work may come to, a result without a change or an error, is told only after the store has confirmed it. Either way a wrong
     * hint means to run the work again, so work that must not be run again does not use it.
     *
     * @param runTransactions lets writers run their transactions, one after the other, and returns when there is no {@link #next}
     */
    void run(Runnable runTransactions) {
        if (writers.isEmpty()) {
            return;
        }
        try {
            isHinted = writers.stream().allMatch(writer -> writer.kind().isRepeatable()) && isCurrentByHint();
            WriteGroup running = begin();
            transactions = running;
            preparedAtNanos = environment.time().nanoTime();
            runTransactions.run();
            // Damage of a copy that was downloaded just now is the database's own, and news only for who has met it.
            if (isDamaged && checkout != Checkout.MISS && running.transactions() > 0) {
                throw new WriteConflictException("SQLite has found the working copy of the database '" + database
                        + "' damaged, which is downloaded again; nothing was changed. Run it again");
            }
            attempts = writers.stream().mapToInt(Writer::attempts).max().orElse(1);
            outcome = publish(running);
        } catch (WriteConflictException e) {
            outcome = new Outcome.Overtaken(e);
        } catch (CommitUnknownException e) {
            outcome = new Outcome.Unknown(e);
        } catch (IOException e) {
            outcome = new Outcome.Failed(WorkDirectory.failed(database, e));
        } catch (RuntimeException e) {
            if (isCommitted) {
                log.warn("db={} commit={} committed, and not taken over here: {}", database, commit, e.toString());
                isDamaged = true;
                outcome = new Outcome.Durable(Optional.empty());
            } else {
                outcome = new Outcome.Failed(e);
            }
        } catch (Error e) {
            outcome = isSent
                    ? new Outcome.Unknown(new CommitUnknownException(database, commit, e))
                    : new Outcome.Failed(e);
            throw e;
        }
    }

    /** Whose turn it is next; empty once the group is complete. Who has not been run until then is to be in another. */
    Optional<Writer<?>> next() {
        while (order.hasNext()) {
            Writer<?> next = order.next();
            if (isFull(transactions()) || writers.stream().anyMatch(next::mayOutlast)) {
                return Optional.empty();
            }
            if (next.isWaiting()) {
                return Optional.of(next);
            }
        }
        return Optional.empty();
    }

    private boolean isCurrentByHint() {
        Optional<BlobVersion> copied = open.copy().version().map(DatabaseVersion::blob);
        return copied.isPresent() && copied.equals(lease.lastCommitted());
    }

    /** A group on the newest version, or on the one that a hint says is the newest. */
    private WriteGroup begin() {
        for (int attempt = 1; attempt <= OpenDatabase.MAX_CHECKOUTS; attempt++) {
            boolean isCurrent = isHinted && attempt == 1;
            checkout = isCurrent ? Checkout.HIT : open.checkouts().checkout(preparation);
            Optional<WriteGroup> group = open.copy().write();
            if (group.isPresent()) {
                return group.get();
            }
            // A reader that failed took the working copy away in between.
        }
        throw open.keepsChanging();
    }

    /** What creates a database is committed alone, since it may become a base, which tells of one transaction only. */
    private boolean isFull(WriteGroup running) {
        long elapsedNanos = environment.time().nanoTime() - preparedAtNanos;
        boolean createsDatabase = running.base().isEmpty() && running.transactions() > 0;
        return createsDatabase
                || isDamaged
                || running.isSpoiled()
                || running.pages() >= MANY_PAGES
                || (running.transactions() > 0 && elapsedNanos >= LONGEST_RUN.toNanos());
    }

    /** Makes durable what the transactions changed, and then lets readers see it. */
    private Outcome publish(WriteGroup group) throws IOException {
        Optional<DatabaseVersion> base = group.base();
        if (group.transactions() == 0) {
            if (!isHinted || isAwaited()) {
                requireNewest(base);
                base.map(DatabaseVersion::blob).ifPresent(lease::noteLastCommitted);
            }
            return new Outcome.Durable(base);
        }
        lease.ensureValid();
        Change change = group.change();
        CommitId databaseId =
                base.flatMap(DatabaseVersion::databaseId).orElseGet(() -> CommitId.next(environment.random()));
        SharedCheckout.Moment began = open.checkouts().now();
        requireTime();
        isSent = true;
        CommitOutcome committed = environment
                .store()
                .commit(database, base, databaseId, change, group.transactions(), commit, publication);
        long txid = environment.requireCommitted(database, commit, committed);
        isCommitted = true;
        log.debug("db={} txid={} transactions={} commit={} committed", database, txid, group.transactions(), commit);
        if (committed instanceof CommitOutcome.Committed newest) {
            if (group.accept(newest.version())) {
                open.checkouts().noteCurrent(began);
            }
            lease.noteLastCommitted(newest.version().blob());
            return new Outcome.Durable(Optional.of(newest.version()));
        }
        return new Outcome.Durable(Optional.empty());
    }

    /** A store would not begin either, but would seem to be at fault. None of the writers has more time than the group. */
    private void requireTime() {
        if (deadline.hasPassed()) {
            throw new StatementTimeoutException("The transaction on '" + database
                    + "' took longer than it was given; nothing was changed. Give it a longer timeout");
        }
    }

    /**
     * Returns if the work was run on what was the newest version at some time since it was asked for.
     *
     * @throws WriteConflictException if the hint was wrong
     */
    private void requireNewest(Optional<DatabaseVersion> base) {
        if (!isHinted) {
            return;
        }
        open.checkouts().checkout(publication);
        if (!open.copy().version().equals(base)) {
            throw new WriteConflictException(
                    "Others wrote to the database '" + database + "' without its lock; nothing was changed");
        }
    }

    /** Whether somebody waits for what becomes of the group. */
    private boolean isAwaited() {
        return writers.stream().anyMatch(writer -> writer.state() == Writer.State.RUN);
    }

    Outcome outcome() {
        return outcome;
    }

    /** The id under which all of it is committed. */
    CommitId commit() {
        return commit;
    }

    /** Whether nobody has asked the store whether the working copy is current. */
    boolean isHinted() {
        return isHinted;
    }

    /** Whether it has come so far that transactions could be run. */
    boolean hasBegun() {
        return transactions != null;
    }

    WriteGroup transactions() {
        return Objects.requireNonNull(transactions);
    }

    /** How often the one among the writers has been run by now that was run most often. */
    int attempts() {
        return attempts;
    }

    /** Those whose transactions they are, in this order. */
    List<Writer<?>> writers() {
        return writers;
    }

    /** By when all is over. */
    Deadline deadline() {
        return deadline;
    }

    /** Notes why a transaction failed, on the thread that has run it. */
    void noteFailure(CloudSqliteException failure) {
        isDamaged |= OpenDatabase.tellsOfDamage(failure);
    }

    /** Adds to a writer's cost what was done before it is run. */
    void chargePreparation(CostMeter meter, Operation operation) {
        meter.prepared(lockedAtNanos, preparedAtNanos, checkout);
        operation.add(preparation);
    }

    /** Adds to a writer's cost what was done after it was run. */
    void chargePublication(Operation operation) {
        operation.add(publication);
    }

    /** Brings the local files in order: what is durable is folded into the main file, and what is not leaves no trace. */
    @Override
    public void close() {
        if (transactions != null) {
            transactions.close();
        }
        if (isDamaged) {
            open.copy().discard();
        }
    }
}
