package io.cloudsqlite.copy;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.StatementTimeoutException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.sql.SqlExecutor;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One database on this process's own disk, at one durable version, where SQLite runs.
 *
 * <pre>{@code
 * Optional<ReadTransaction> reader = copy.read(deadline);        // any number at once
 * Optional<WriteGroup> writer = copy.write();                    // one at a time
 * Download download = copy.newDownload(sizeBytes);               // another version replaces what is here
 * Patch patch = copy.newPatch(pageSizeBytes);                    // what others have changed is added to it
 * }</pre>
 *
 * <p>What it guarantees:
 *
 * <ul>
 *   <li>A reader sees one durable version from its beginning to its end. It neither waits for a writer whose transaction is
 *       on its way to the store, nor sees it before it is {@linkplain WriteGroup#accept accepted}.
 *   <li>A transaction that is not accepted leaves no trace, whether it failed, was refused, or its process was killed.
 *   <li>What was left by a process that ended is used again only if it proves to be whole, by length and checksum.
 * </ul>
 *
 * <p>Safe for use by many threads. It does not know whether what it holds is the newest version: that is the storage
 * format's to find out.
 */
public final class WorkingCopy implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(WorkingCopy.class);

    /** How long newcomers are kept waiting until nobody reads, so that the main file can be written. */
    private static final Duration LONGEST_WAIT_FOR_READERS = Duration.ofMillis(500);

    private final DatabaseName database;
    private final CopyDirectory files;
    private final ConnectionSetup setup;

    /** Guards everything below, and is never held while the store is asked or callers' SQL runs. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition usersChanged;
    private @Nullable Generation current;
    private boolean knownToBeAbsent;
    private long epoch;

    private WorkingCopy(DatabaseName database, CopyDirectory files, ConnectionSetup setup, TimeSource time) {
        this.database = database;
        this.files = files;
        this.setup = setup;
        this.usersChanged = time.newCondition(lock);
    }

    /**
     * Opens the working copy of {@code database} in {@code work}, with what an earlier process left there if that is whole.
     *
     * @param time by which those who use it wait for each other
     * @throws StorageUnavailableException if the work directory cannot be used
     */
    public static WorkingCopy open(WorkDirectory work, DatabaseName database, ConnectionSetup setup, TimeSource time) {
        try {
            WorkingCopy copy = new WorkingCopy(database, new CopyDirectory(database, work), setup, time);
            copy.adoptWhatIsLeft();
            return copy;
        } catch (IOException | UncheckedIOException e) {
            throw WorkDirectory.failed(database, e);
        }
    }

    private void adoptWhatIsLeft() throws IOException {
        WorkBudget.Share share = files.shareOfWhatIsLeft();
        Optional<StateFile> left = files.adoptWhatIsLeft();
        if (left.isPresent()) {
            StateFile state = left.get();
            current = new Generation(files.file(state), state.version(), state.content(), setup, share);
            current.settle();
        } else {
            share.close();
        }
    }

    /** The name of the database that it is a copy of. */
    public DatabaseName database() {
        return database;
    }

    /** The durable version that readers see; empty if there is nothing here. */
    public Optional<DatabaseVersion> version() {
        lock.lock();
        try {
            return current == null ? Optional.empty() : current.version();
        } finally {
            lock.unlock();
        }
    }

    /** Whether the database was last seen not to exist. */
    public boolean isKnownToBeAbsent() {
        lock.lock();
        try {
            return knownToBeAbsent;
        } finally {
            lock.unlock();
        }
    }

    /** A number that changes whenever what this copy holds changes; taken before the store is asked what is new. */
    public long epoch() {
        lock.lock();
        try {
            return epoch;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Begins to read what is here, waiting for one of the readers to become free if all are in use.
     *
     * @return empty if there is nothing here
     * @throws StatementTimeoutException if no reader became free by the deadline
     * @throws CorruptDatabaseException if SQLite cannot read the database
     */
    public Optional<ReadTransaction> read(Deadline deadline) {
        lock.lock();
        try {
            while (current != null) {
                Generation generation = current;
                Optional<Reader> reader = generation.borrow();
                if (reader.isPresent()) {
                    DatabaseVersion version = reader.get().version().orElseThrow();
                    return Optional.of(new ReadTransaction(this, reader.get(), version));
                }
                if (deadline.hasPassed()) {
                    throw new StatementTimeoutException("The database '" + database
                            + "' had no free reader in time: this process reads it too often, or for too long");
                }
                usersChanged.await(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
            }
            return Optional.empty();
        } catch (SQLException e) {
            throw discardAfter(e);
        } catch (InterruptedException e) {
            throw interruptedBeforeReading(e);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Begins to read what is here as a whole, as {@link #read} does.
     *
     * @return empty if there is nothing here
     */
    public Optional<Snapshot> snapshot(Deadline deadline) {
        lock.lock();
        try {
            while (true) {
                awaitFolded(deadline);
                Optional<ReadTransaction> reader = read(deadline);
                if (reader.isEmpty() || !reader.get().isFolding()) {
                    return reader.map(open -> new Snapshot(open, open.durableImage()));
                }
                // Another began to be folded while this waited for a reader.
                reader.get().close();
            }
        } catch (InterruptedException e) {
            throw interruptedBeforeReading(e);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until no transaction is being folded into the main file, and without a reader: to give one back wakes whoever else
     * waits, and two of them would wake each other for ever.
     */
    private void awaitFolded(Deadline deadline) throws InterruptedException {
        while (current != null && current.isFolding()) {
            if (deadline.hasPassed()) {
                throw new StatementTimeoutException("The database '" + database
                        + "' had no moment without a writer in time: this process writes it too often");
            }
            usersChanged.await(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private OperationInterruptedException interruptedBeforeReading(InterruptedException cause) {
        Thread.currentThread().interrupt();
        return new OperationInterruptedException(
                "Interrupted while waiting to read the database '" + database + "'", cause);
    }

    /** @param intact whether the reader is {@linkplain Reader#isIntact intact}, which is asked without the lock */
    void giveBack(Reader reader, boolean intact) {
        lock.lock();
        try {
            reader.generation().giveBack(reader, intact);
            usersChanged.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Begins to write; the caller sees to it that nobody else does. Where the database is known to be absent, the first
     * transaction creates it.
     *
     * @return empty if there is nothing here, and it is not known whether there is a database
     * @throws StorageUnavailableException if the work directory cannot be used
     * @throws CorruptDatabaseException if SQLite cannot read the database
     */
    public Optional<WriteGroup> write() {
        lock.lock();
        try {
            if (current == null && !knownToBeAbsent) {
                return Optional.empty();
            }
            Generation generation =
                    current != null ? current : new Generation(files.newFile(), setup, files.newShare());
            return Optional.of(new WriteGroup(this, generation, openWriter(generation)));
        } catch (SQLException e) {
            throw discardAfter(e);
        } catch (IOException e) {
            discardLocked();
            throw WorkDirectory.failed(database, e);
        } finally {
            lock.unlock();
        }
    }

    private Connection openWriter(Generation generation) throws SQLException {
        boolean opened = false;
        try {
            Connection writer = generation.openWriter();
            opened = true;
            return writer;
        } finally {
            if (!opened && generation != current) {
                generation.retire();
            }
        }
    }

    /** Drops what is here, which SQLite cannot work with, so that it is downloaded again; returns what to throw. */
    private CloudSqliteException discardAfter(SQLException failure) {
        discardLocked();
        CloudSqliteException meaning = SqlExecutor.translate(failure);
        return meaning instanceof CorruptDatabaseException ? meaning : WorkDirectory.failed(database, failure);
    }

    /** Drops what is here, so that it is downloaded again: SQLite says that it is damaged or cannot be read. */
    public void discard() {
        lock.lock();
        try {
            discardLocked();
        } finally {
            lock.unlock();
        }
    }

    /** Makes what the writer did what readers see. */
    void accept(Generation generation, DatabaseVersion version, Content content) {
        lock.lock();
        try {
            generation.endWriting(version, content);
            if (current == generation || (current == null && !generation.isRetired())) {
                current = generation;
                knownToBeAbsent = false;
                epoch++;
                files.deleteState();
            } else {
                // A reader has downloaded this version, or a newer one, since it was durable.
                generation.retire();
            }
            usersChanged.signalAll();
        } catch (IOException e) {
            files.warn(e);
            discardLocked();
        } finally {
            lock.unlock();
        }
    }

    /** Ends a writer who was {@linkplain #accept accepted}: folds what he did into the main file. */
    void fold(Generation generation, Connection writer, DatabaseVersion version, Content content) {
        boolean complete = false;
        try {
            complete = fold(generation, writer);
        } finally {
            endFolding(generation, writer, complete, version, content);
        }
    }

    private void endFolding(
            Generation generation, Connection writer, boolean complete, DatabaseVersion version, Content content) {
        lock.lock();
        try {
            generation.closeWriter(writer);
            if (complete) {
                generation.noteFolded();
            }
            if (complete && current == generation && !generation.isRetired()) {
                files.writeState(generation.file(), content, version);
            }
            usersChanged.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Copies the WAL into the main file, as far as readers let it, so that SQLite can begin the WAL anew.
     *
     * @return whether the main file is complete
     */
    private boolean fold(Generation generation, Connection writer) {
        try {
            if (Connections.checkpoint(writer)) {
                return true;
            }
            if (!generation.isWalLarge()) {
                return false;
            }
            closeDoor(generation);
            boolean folded = awaitNoUsers(generation, false) && Connections.checkpoint(writer);
            generation.noteLargeWal(folded);
            return folded;
        } catch (SQLException | IOException e) {
            files.warn(e);
            discardIfCurrent(generation);
            return false;
        } finally {
            openDoor(generation);
        }
    }

    /** Readers that overlap one another for ever would keep the main file from being written for ever. */
    private void closeDoor(Generation generation) {
        lock.lock();
        try {
            generation.closeDoor();
        } finally {
            lock.unlock();
        }
    }

    private void openDoor(Generation generation) {
        lock.lock();
        try {
            generation.openDoor();
            usersChanged.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Whether those who read, and the one who writes if {@code writerToo}, were done within a moment. */
    private boolean awaitNoUsers(Generation generation, boolean writerToo) {
        long leftNanos = LONGEST_WAIT_FOR_READERS.toNanos();
        lock.lock();
        try {
            while (hasUsers(generation, writerToo) && leftNanos > 0) {
                leftNanos = usersChanged.awaitNanos(leftNanos);
            }
            return !hasUsers(generation, writerToo);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    private static boolean hasUsers(Generation generation, boolean writerToo) {
        return generation.isRead() || (writerToo && generation.hasWriter());
    }

    /**
     * Ends a writer whose transaction was not accepted.
     *
     * @param changed whether the local files may hold something of it, which is dropped then
     */
    void abandon(Generation generation, Connection writer, boolean changed) {
        if (changed && drop(generation, writer)) {
            return;
        }
        lock.lock();
        try {
            if (generation != current) {
                generation.retire();
            } else if (changed) {
                discardLocked();
            }
            generation.endWriting();
            generation.closeWriter(writer);
            usersChanged.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Drops a transaction that the local files hold and that is not durable: its WAL is deleted, if nobody reads, or else what
     * is durable is copied to another file, which readers use from now on.
     *
     * @return whether that succeeded, and the writer's connection is closed
     */
    private boolean drop(Generation generation, Connection writer) {
        closeDoor(generation);
        try {
            awaitNoUsers(generation, false);
            lock.lock();
            try {
                if (generation != current || generation.version().isEmpty()) {
                    return false;
                }
                if (!generation.isRead() && generation.isDurableInMainFile()) {
                    closeConnectionsOf(generation, writer);
                    return true;
                }
            } finally {
                lock.unlock();
            }
            copyDurable(generation);
            return false;
        } catch (IOException | SQLException | RuntimeException e) {
            // Whatever it is, the caller has its answer already, and the next request downloads the database again.
            files.warn(e);
            discardIfCurrent(generation);
            return false;
        } finally {
            openDoor(generation);
        }
    }

    /** Goes on with the main file alone, from which nobody reads. */
    private void closeConnectionsOf(Generation generation, @Nullable Connection writer)
            throws IOException, SQLException {
        generation.handOver(writer);
        current = new Generation(
                generation.file(),
                generation.version().orElseThrow(),
                generation.content().orElseThrow(),
                setup,
                generation.share());
        current.settle();
        usersChanged.signalAll();
    }

    /** Replaces the generation by a copy of what is durable in it. */
    private void copyDurable(Generation generation) throws IOException {
        long epochBefore = epoch();
        try (Download copy = newDownload(generation.content().orElseThrow().sizeBytes())) {
            receiveDurable(generation, copy);
            copy.seal();
            install(copy, generation.version().orElseThrow(), epochBefore);
        }
    }

    private void receiveDurable(Generation generation, Download copy) throws IOException {
        DatabaseImage image = durableImage(generation);
        try (InputStream in = image.open()) {
            // Not noted: what is written over it goes past the download.
            DatabaseChecksum unused = copy.receive(in, 0, image.sizeBytes(), image.pageSizeBytes());
        }
    }

    private DatabaseImage durableImage(Generation generation) {
        lock.lock();
        try {
            return generation.durableImage();
        } finally {
            lock.unlock();
        }
    }

    private void discardIfCurrent(Generation generation) {
        lock.lock();
        try {
            if (current == generation) {
                discardLocked();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Begins to receive a newer version of the database.
     *
     * @param sizeBytes how large it is
     * @throws StorageUnavailableException if the work directory has no room for it
     */
    public Download newDownload(long sizeBytes) {
        return files.newDownload(sizeBytes, this::makeWay);
    }

    /**
     * Drops what is here if nobody uses it, since there is no room for it beside what replaces it.
     *
     * @return whether there was anything to drop
     */
    private boolean makeWay() {
        lock.lock();
        try {
            Generation generation = current;
            if (generation == null || hasUsers(generation, true)) {
                return false;
            }
            long before = epoch;
            discardLocked();
            // What is on its way was asked for because of what was here, and is not older: it may be installed.
            epoch = before;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Replaces what is here by {@code download}, which is {@linkplain Download#seal sealed}, unless what is here has changed in
     * the meantime: then it may be newer than the download.
     *
     * @param epochBefore the {@link #epoch} from before the store was asked
     * @return whether it was installed
     */
    public boolean install(Download download, DatabaseVersion version, long epochBefore) {
        lock.lock();
        try {
            if (epoch != epochBefore) {
                return false;
            }
            discardLocked();
            use(new Generation(download.keep(), version, download.content(), setup, download.share()));
            return true;
        } catch (IOException e) {
            throw WorkDirectory.failed(database, e);
        } finally {
            lock.unlock();
        }
    }

    private void use(Generation generation) {
        current = generation;
        generation.settle();
        noteState(generation);
        usersChanged.signalAll();
    }

    /**
     * Begins to receive the pages that others have changed.
     *
     * @param pageSizeBytes the size of each
     * @throws StorageUnavailableException if the work directory fails, or has no room
     */
    public Patch newPatch(int pageSizeBytes) {
        return files.newPatch(pageSizeBytes, this::makeWay);
    }

    /**
     * Brings what is here to {@code version} by the pages of {@code patch}. They are written into the file that is here, if
     * nobody uses it for a moment, or else into a copy of it: those who read go on reading what they read.
     *
     * <p>If what would come of it does not have the checksum {@code expected}, what is here is discarded, to be downloaded
     * again.
     *
     * @param epochBefore the {@link #epoch} from before the store was asked
     * @return whether it is at {@code version} now; if not, what is here has changed meanwhile, or is gone
     * @throws StorageUnavailableException if the work directory fails
     */
    public boolean apply(Patch patch, DatabaseVersion version, DatabaseChecksum expected, long epochBefore) {
        Generation generation = currentAt(epochBefore);
        if (generation == null) {
            return false;
        }
        closeDoor(generation);
        try {
            awaitNoUsers(generation, true);
            lock.lock();
            try {
                if (epoch != epochBefore || current != generation || generation.isFolding()) {
                    return false;
                }
                if (!hasUsers(generation, true) && foldAlone(generation)) {
                    return applyInPlace(generation, patch, version, expected);
                }
            } finally {
                lock.unlock();
            }
            return applyToCopy(generation, patch, version, expected, epochBefore);
        } catch (IOException | SQLException e) {
            if (currentAt(epochBefore) != generation) {
                // A transaction of this process was accepted, and folded into the file while it was being copied.
                return false;
            }
            discardIfCurrent(generation);
            throw WorkDirectory.failed(database, e);
        } finally {
            openDoor(generation);
        }
    }

    /**
     * Notes that what is here is called {@code version} by now, although nothing was changed.
     *
     * @param epochBefore the {@link #epoch} from before the store was asked
     * @return whether it is noted; if not, what is here has changed meanwhile, or is another transaction's state
     */
    public boolean relabel(DatabaseVersion version, long epochBefore) {
        lock.lock();
        try {
            boolean isSame = epoch == epochBefore
                    && current != null
                    && current.version()
                            .filter(held -> held.txid() == version.txid()
                                    && held.databaseId().equals(version.databaseId())
                                    && held.recentCommits().equals(version.recentCommits()))
                            .isPresent();
            if (isSame && current != null) {
                current.relabel(version);
                if (current.isFolded() && !current.hasWriter()) {
                    noteState(current);
                }
            }
            return isSame;
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Generation currentAt(long epochBefore) {
        lock.lock();
        try {
            return epoch == epochBefore ? current : null;
        } finally {
            lock.unlock();
        }
    }

    /** Folds what readers have kept from being folded, now that there are none. */
    private boolean foldAlone(Generation generation) throws SQLException {
        if (!generation.isFolded()) {
            generation.settleBeforeFolding();
            try (Connection writer = Connections.openWriter(generation.file(), setup)) {
                if (Connections.checkpoint(writer)) {
                    generation.noteFolded();
                }
            }
        }
        return generation.isFolded();
    }

    private boolean applyInPlace(Generation generation, Patch patch, DatabaseVersion version, DatabaseChecksum expected)
            throws IOException, SQLException {
        Optional<Content> after =
                patch.contentAfter(generation.file(), generation.content().orElseThrow());
        if (!isExpected(after, expected)) {
            discardLocked();
            return false;
        }
        generation.takeRoomFor(after.orElseThrow());
        files.deleteState();
        epoch++;
        generation.handOver(null);
        current = null;
        try {
            patch.writeTo(generation.file());
            use(new Generation(generation.file(), version, after.orElseThrow(), setup, generation.share()));
            return true;
        } finally {
            if (current == null) {
                Generation.delete(generation.file());
                generation.share().close();
            }
        }
    }

    private boolean applyToCopy(
            Generation generation, Patch patch, DatabaseVersion version, DatabaseChecksum expected, long epochBefore)
            throws IOException {
        try (Download copy = newDownload(generation.content().orElseThrow().sizeBytes())) {
            receiveDurable(generation, copy);
            patch.writeTo(copy.file());
            boolean fits = copy.seal().equals(expected);
            if (!fits && currentAt(epochBefore) == generation) {
                warnThatPatchDoesNotFit();
                discardIfCurrent(generation);
            }
            return fits && install(copy, version, epochBefore);
        }
    }

    private boolean isExpected(Optional<Content> content, DatabaseChecksum expected) {
        boolean fits = content.map(Content::checksum).filter(expected::equals).isPresent();
        if (!fits) {
            warnThatPatchDoesNotFit();
        }
        return fits;
    }

    private void warnThatPatchDoesNotFit() {
        log.warn("db={} what others changed does not fit what is here, which is downloaded again", database);
    }

    /** Notes that the database does not exist, unless what is here has changed since {@code epochBefore}. */
    public void markAbsent(long epochBefore) {
        lock.lock();
        try {
            if (epoch == epochBefore) {
                discardLocked();
                knownToBeAbsent = true;
            }
        } finally {
            lock.unlock();
        }
    }

    private void discardLocked() {
        try {
            files.deleteState();
        } catch (IOException e) {
            files.warn(e);
        }
        if (current != null) {
            current.retire();
        }
        current = null;
        knownToBeAbsent = false;
        epoch++;
        usersChanged.signalAll();
    }

    private void noteState(Generation generation) {
        files.writeState(
                generation.file(),
                generation.content().orElseThrow(),
                generation.version().orElseThrow());
    }

    /** Closes the connections, if nobody uses them; what is here stays, and they are opened again for who comes next. */
    public void closeConnections() {
        lock.lock();
        try {
            Generation generation = current;
            if (generation == null || !generation.isOpened() || hasUsers(generation, true)) {
                return;
            }
            boolean wasFolded = generation.isFolded();
            generation.letIdleGo();
            if (foldAlone(generation)) {
                closeConnectionsOf(generation, null);
                if (!wasFolded) {
                    noteState(generation);
                }
            }
        } catch (IOException | SQLException e) {
            files.warn(e);
            discardLocked();
        } finally {
            lock.unlock();
        }
    }

    /** Closes it for good, once nobody uses it, and frees the space that it takes. */
    public void closeAndDelete() {
        lock.lock();
        try {
            discardLocked();
            files.delete();
        } catch (IOException | UncheckedIOException e) {
            log.warn("db={} could not delete the working copy, which takes up space: {}", database, e.toString());
        } finally {
            lock.unlock();
        }
    }

    /** Closes what is idle. What is here stays on the disk, for the next process to use if it is whole. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (current != null) {
                current.closeIdle();
            }
        } finally {
            lock.unlock();
        }
    }
}
