package io.cloudsqlite.session;

import io.cloudsqlite.CommitId;
import io.cloudsqlite.DatabaseLockedException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.copy.DatabaseVersion;
import io.cloudsqlite.format.Operation;
import io.cloudsqlite.lock.Lease;
import io.cloudsqlite.time.Backoff;
import io.cloudsqlite.time.Deadline;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Those who write to one database in this process, in the order in which they came. While there are any, one thread of the
 * background, the publisher, acquires the lock, lets a {@linkplain GroupCommit group} of them run their transactions one after the
 * other, each on its own thread, commits the group, tells its members, and releases the lock. Meanwhile the next group forms.
 *
 * <p>So neither a caller's deadline nor an interrupt touches another's transaction: each waits for as long as it likes, and what
 * it waits for goes on without it. Safe for use by many threads.
 */
final class WriterQueue {

    private static final int MAX_WAITING = 1_000;
    private static final int MAX_GROUP = 200;

    /**
     * Who was in the last group is likely to write again at once, and is waited for a little: without that, writers would fall
     * into two groups that take turns, and each would wait for the other.
     */
    private static final Duration GATHERING = Duration.ofMillis(2);

    private static final Backoff CONFLICT_BACKOFF = new Backoff(Duration.ofMillis(20), Duration.ofSeconds(1));

    private final OpenDatabase open;
    private final DatabaseName database;
    private final Environment environment;
    private final Maintenance maintenance;

    private final ReentrantLock lock = new ReentrantLock();

    /** Signalled when all have come who were expected, and when all of a group have run. */
    private final Condition publisher;

    private final Deque<Writer<?>> waiting = new ArrayDeque<>();
    private final AtomicBoolean isMaintaining = new AtomicBoolean();
    private boolean isPublishing;

    /** The newest commit of this process; the publisher's. */
    private @Nullable CommitId lastCommit;

    /** How many wrote when the last group had been committed, and so may be there for the next. */
    private int expectedWriters;

    /** Whose turn it is to run his transaction. */
    private @Nullable Writer<?> invited;

    /** The thread on which a transaction runs at the moment. */
    private @Nullable Object runningThread;

    WriterQueue(OpenDatabase open, Environment environment, Maintenance maintenance) {
        this.open = open;
        this.database = open.name();
        this.environment = environment;
        this.maintenance = maintenance;
        this.publisher = environment.time().newCondition(lock);
    }

    /**
     * Writes: {@code work} is run on this thread when it is its turn, and this returns once it is durable.
     *
     * @throws DatabaseLockedException if it was not its turn in time
     * @throws OperationInterruptedException if the thread is interrupted before that
     * @throws IllegalStateException if it is called by what is run within a write to the same database
     */
    <T> Answer<T> write(Writer.Kind kind, Writer.Work<T> work, RequestOptions options, Operation operation) {
        CostMeter meter = new CostMeter(environment.time(), operation);
        lock.lock();
        try {
            if (environment.time().currentThread().equals(runningThread)) {
                throw new IllegalStateException("A write to the database '" + database
                        + "' within a write to it would wait for itself: use the connection that the work is given");
            }
            Writer<T> writer = new Writer<>(
                    database,
                    kind,
                    work,
                    options,
                    operation,
                    meter,
                    environment.time().newCondition(lock),
                    environment.endOfLockWait(operation));
            add(writer);
            runUntilDecided(writer);
            return writer.conclude();
        } finally {
            lock.unlock();
        }
    }

    private void add(Writer<?> writer) {
        if (waiting.size() >= MAX_WAITING) {
            throw isLocked(waiting.size() + " other writers in this process");
        }
        waiting.add(writer);
        if (waiting.size() >= expectedWriters) {
            publisher.signal();
        }
        if (!isPublishing) {
            isPublishing = true;
            open.retain();
            boolean started = false;
            try {
                environment.background().execute(this::publishAll);
                started = true;
            } catch (RejectedExecutionException e) {
                throw new IllegalStateException("this CloudSqlite has been closed", e);
            } finally {
                if (!started) {
                    isPublishing = false;
                    waiting.remove(writer);
                    open.close();
                }
            }
        }
    }

    private DatabaseLockedException isLocked(String holder) {
        // A timeout may be longer than any clock goes on; a deadline is not.
        Duration longest = environment.begin(Optional.empty()).deadline().remaining();
        return new DatabaseLockedException(
                database, holder, environment.time().instant().plus(longest));
    }

    /** Runs the writer's transaction whenever it is its turn, until nothing more is to be waited for. */
    private void runUntilDecided(Writer<?> writer) {
        try {
            while (writer.state() != Writer.State.DECIDED) {
                await(writer);
                if (writer.state() == Writer.State.INVITED) {
                    run(writer);
                }
            }
        } catch (RuntimeException | Error e) {
            // The thread leaves, for want of memory or stack for example, and the others would wait for it for ever.
            waiting.remove(writer);
            writer.decide(e);
            if (writer == invited) {
                inviteNext(writer.group());
            }
            throw e;
        }
    }

    /** Waits until the writer is invited, or decided. */
    private void await(Writer<?> writer) {
        boolean interrupted = false;
        while (writer.isWaiting() || writer.state() == Writer.State.RUN) {
            try {
                // How long it waits changes when it is the first, and when it is to be run again.
                Deadline patience = writer.patience();
                if (patience.hasPassed()) {
                    giveUp(writer);
                } else {
                    long unused = writer.told().awaitNanos(patience.remaining().toNanos());
                }
            } catch (InterruptedException e) {
                // What is on its way cannot be called back, so it is worth while to learn what becomes of it.
                interrupted = true;
                if (writer.isWaiting()) {
                    waiting.remove(writer);
                    writer.giveUp(new OperationInterruptedException(
                            "Interrupted while writing to the database '" + database + "'; nothing was changed", e));
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void giveUp(Writer<?> writer) {
        waiting.remove(writer);
        writer.giveUp(
                writer.state() == Writer.State.WAITING
                        ? isLocked("other writers in this process")
                        : new StorageUnavailableException("The store or the lock service did not answer in time for the"
                                + " database '" + database + "'; nothing was changed. Try again"));
    }

    private void run(Writer<?> writer) {
        runningThread = environment.time().currentThread();
        lock.unlock();
        try {
            writer.run();
        } finally {
            lock.lock();
            runningThread = null;
            writer.hasRun();
            inviteNext(writer.group());
        }
    }

    /** Who has run lets the next one run: to wake the publisher in between would take longer than most transactions do. */
    private void inviteNext(GroupCommit group) {
        invited = null;
        try {
            invited = group.next().orElse(null);
            if (invited != null) {
                invited.invite(group);
            }
        } finally {
            if (invited == null) {
                publisher.signal();
            }
        }
    }

    /** Lets the first of a group run, which lets the next, and waits until the group is complete. */
    private void runTransactions(GroupCommit group) {
        lock.lock();
        try {
            inviteNext(group);
            while (invited != null) {
                publisher.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /** What the publisher does: one group after the other, until nobody waits. */
    private void publishAll() {
        try {
            for (Optional<Writer<?>> first = first(); first.isPresent(); first = first()) {
                publishGroup(first.get());
                // An interrupt concerns the group that it met, and none of those who come after.
                boolean unused = Thread.interrupted();
            }
        } catch (RuntimeException | Error e) {
            abort(e);
            throw e;
        } finally {
            open.close();
        }
    }

    /** The one whose turn it is; empty if nobody waits, and then the publisher ends. */
    private Optional<Writer<?>> first() {
        lock.lock();
        try {
            Optional<Writer<?>> first = Optional.ofNullable(waiting.peek());
            first.ifPresent(Writer::becomeFirst);
            isPublishing = first.isPresent();
            return first;
        } finally {
            lock.unlock();
        }
    }

    /** The life of a group of writes: lock, {@linkplain GroupCommit#run check out, execute, commit}, release. */
    private void publishGroup(Writer<?> first) {
        Lease lease;
        try {
            lease = environment.acquireLock(database, longestRemaining(), environment.endOfLockWait(first.operation()));
        } catch (DatabaseLockedException e) {
            drop(writer -> writer == first || writer.endOfWait().hasPassed(), e);
            return;
        } catch (RuntimeException e) {
            drop(writer -> true, e);
            return;
        }
        try (lease) {
            commit(new GroupCommit(open, environment, lease, take(lease)), lease);
        }
    }

    private void commit(GroupCommit group, Lease lease) {
        List<Writer<?>> decided = List.of();
        try {
            // What is named last is closed first: others wait for the lock.
            try (group;
                    lease) {
                try {
                    group.run(() -> runTransactions(group));
                } finally {
                    decided = settle(group);
                }
                if (environment.answersEarly()) {
                    tell(decided);
                }
            }
        } finally {
            if (!maintainsInBackground(group, decided)) {
                tell(decided);
            }
        }
        if (group.outcome() instanceof GroupCommit.Outcome.Overtaken) {
            CONFLICT_BACKOFF.pause(
                    group.attempts(), environment.random(), group.deadline(), "writing to '" + database + "'");
        }
    }

    /**
     * Begins the maintenance that is due after the group, if any is and none is under way; nobody's turn waits for it.
     *
     * @param decided who are told when it has been done
     */
    private boolean maintainsInBackground(GroupCommit group, List<Writer<?>> decided) {
        if (!(group.outcome() instanceof GroupCommit.Outcome.Durable durable)) {
            return false;
        }
        boolean goesOn = durable.version().filter(this::followsLastCommit).isPresent();
        if (!maintenance.isDue(open) || !isMaintaining.compareAndSet(false, true)) {
            return false;
        }
        Operation operation =
                environment.answersEarly() ? environment.begin(Optional.empty()) : new Operation(group.deadline());
        open.retain();
        try {
            environment.background().execute(() -> {
                try {
                    maintenance.afterCommit(open, goesOn, operation);
                } finally {
                    isMaintaining.set(false);
                    tell(decided);
                    open.close();
                }
            });
            return true;
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            // Nobody uses the databases any more, or there is no thread to be had: others will find that it is due.
            isMaintaining.set(false);
            open.close();
            return false;
        }
    }

    /**
     * Whether this process has made the two newest commits, and so is likely to make the next. One that is started for each
     * write, or writes in turn with others, is not.
     */
    private boolean followsLastCommit(DatabaseVersion newest) {
        List<CommitId> commits = newest.recentCommits();
        boolean follows = lastCommit != null && commits.indexOf(lastCommit) == 1;
        // What is no more than read may be a file that nobody has committed to.
        lastCommit = commits.isEmpty() ? null : commits.get(0);
        return follows;
    }

    /** How long the one may take who has most time. */
    private Duration longestRemaining() {
        lock.lock();
        try {
            return waiting.stream()
                    .map(writer -> writer.operation().deadline().remaining())
                    .reduce(Duration.ZERO, (one, other) -> one.compareTo(other) > 0 ? one : other);
        } finally {
            lock.unlock();
        }
    }

    /** The next group, in the order in which they came. Empty if all have gone meanwhile. */
    private List<Writer<?>> take(Lease lease) {
        lock.lock();
        try {
            long leftNanos = GATHERING.toNanos();
            while (waiting.size() < expectedWriters && leftNanos > 0) {
                leftNanos = publisher.awaitNanos(leftNanos);
            }
            List<Writer<?>> group = new ArrayList<>();
            Duration leased = Duration.between(environment.time().instant(), lease.expiresAt());
            for (Writer<?> next = waiting.peek();
                    next != null && group.size() < MAX_GROUP && mayJoin(group, next, leased);
                    next = waiting.peek()) {
                group.add(waiting.remove());
            }
            return group;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of();
        } finally {
            lock.unlock();
        }
    }

    /** Who may take longer than the lease lasts waits for one of his own. */
    private static boolean mayJoin(List<Writer<?>> group, Writer<?> next, Duration leased) {
        return group.isEmpty()
                || (!next.kind().isAlone()
                        && !group.get(0).kind().isAlone()
                        && next.operation().deadline().remaining().compareTo(leased) <= 0);
    }

    /**
     * Decides what has become of the members of a group; those that are to be run, or run again, are the next.
     *
     * @return those who are to be told
     */
    private List<Writer<?>> settle(GroupCommit group) {
        lock.lock();
        try {
            List<Writer<?>> members = group.writers();
            if (!members.isEmpty()) {
                expectedWriters = members.size() + waiting.size();
            }
            List<Writer<?>> decided = new ArrayList<>();
            for (int last = members.size() - 1; last >= 0; last--) {
                Writer<?> writer = members.get(last);
                if (writer.settle(group, environment.endOfLockWait(writer.operation()))) {
                    waiting.addFirst(writer);
                } else {
                    decided.add(writer);
                }
            }
            return decided;
        } finally {
            lock.unlock();
        }
    }

    /** Wakes them; who cannot wait any more finds out by itself. */
    private void tell(List<Writer<?>> decided) {
        lock.lock();
        try {
            decided.forEach(writer -> writer.told().signal());
        } finally {
            lock.unlock();
        }
    }

    private void drop(Predicate<Writer<?>> which, Throwable reason) {
        lock.lock();
        try {
            waiting.removeIf(writer -> {
                boolean isDropped = which.test(writer);
                if (isDropped) {
                    writer.decide(reason);
                    writer.told().signal();
                }
                return isDropped;
            });
        } finally {
            lock.unlock();
        }
    }

    /** The publisher ends for a reason that it does not know. */
    private void abort(Throwable reason) {
        lock.lock();
        try {
            isPublishing = false;
            drop(writer -> true, reason);
        } finally {
            lock.unlock();
        }
    }
}
