package io.cloudsqlite.copy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One local file of a working copy with the connections to it. A new download makes a new generation; the old one lives on
 * until its last reader is done, and is deleted then.
 *
 * <p>SQLite's snapshots keep readers off a transaction that is not durable yet: a connection that is in a transaction and
 * has read once stays where it is while others commit. So before a writer begins, every idle reader is put into such a
 * transaction ({@linkplain Reader#pin pinned}); while it writes, no reader is opened or moved; when the outcome is known,
 * all are let go.
 *
 * <p>A reader stays in its transaction from one use to the next too, because to begin and to end one takes longer than a small
 * read. Two things must not wait for one that nobody uses: a newer version, and SQLite, which begins the WAL anew only when
 * no snapshot needs it. So the idle are let go whenever one of the two is due ({@link #letIdleGo}), and those in use when
 * they are given back.
 *
 * <p>Guarded by the lock of its {@link WorkingCopy}.
 */
final class Generation {

    /** How many readers of one database run at once in a process; others wait for one of them. */
    static final int MAX_READERS = 8;

    /** What a main file takes besides its length: its state file and entries in directories. */
    static final long OVERHEAD_BYTES = 4_096;

    /** The same for one with connections, which share an index of the WAL. */
    static final long OPEN_BYTES = OVERHEAD_BYTES + 32_768;

    /** What a writer takes before it begins, for a WAL that nobody can tell the length of. */
    private static final long WRITER_BYTES = 65_536;

    private static final long SMALL_WAL_BYTES = 1 << 20;

    /** How many readers there are at least that see the durable version while a transaction is on its way. */
    private static final int MIN_PINNED_READERS = 2;

    private static final Logger log = LoggerFactory.getLogger(Generation.class);

    private final Path file;
    private final WalReader wal;
    private final ConnectionSetup setup;
    private final WorkBudget.Share share;
    private final Deque<Reader> idle = new ArrayDeque<>();
    private @Nullable DatabaseVersion version;
    private @Nullable Content content;
    private int openReaders;

    /** Whether connections have been opened, so that there are files beside the main file. */
    private boolean opened;

    /** Whether the main file holds all of the durable version, so that the WAL adds nothing to it. */
    private boolean folded = true;

    /** While somebody writes: where the pages of the durable version stand; null if all are in the main file. */
    private @Nullable PageMap durablePages;

    /** From before a writer's connection is opened until after it is closed. */
    private boolean hasWriter;

    /** As long as the WAL may hold a transaction that is not durable. */
    private boolean writing;

    private boolean retired;

    /** Whether the file has become another generation's. */
    private boolean handedOver;

    private long toleratedWalBytes = SMALL_WAL_BYTES;

    /** Nobody begins to read for the moment. */
    private boolean doorClosed;

    /** How often the idle were let go; a reader that was pinned before the last time does not stay pinned. */
    private long timesLetGo;

    /** A database that does not exist yet. */
    Generation(Path file, ConnectionSetup setup, WorkBudget.Share share) {
        this(file, null, null, setup, share);
    }

    /**
     * @param file a main file without a {@code -wal} file beside it
     * @param content what it holds
     * @param share the file's; becomes this object's
     */
    Generation(
            Path file,
            @Nullable DatabaseVersion version,
            @Nullable Content content,
            ConnectionSetup setup,
            WorkBudget.Share share) {
        this.file = file;
        this.wal = new WalReader(walOf(file));
        this.version = version;
        this.content = content;
        this.setup = setup;
        this.share = share;
    }

    WorkBudget.Share share() {
        return share;
    }

    /** What its files take, which may have been taken away: then it is nothing. */
    private long sizeBytes() {
        return (opened ? OPEN_BYTES : OVERHEAD_BYTES) + file.toFile().length() + walBytes();
    }

    private long walBytes() {
        return walOf(file).toFile().length();
    }

    /** Notes what its files take by now. */
    void settle() {
        share.settle(sizeBytes());
    }

    /** Notes that the WAL may have grown, and that the main file may grow by as much when it is folded. */
    void settleBeforeFolding() {
        share.settle(sizeBytes() + walBytes() + WRITER_BYTES);
    }

    /** Takes the room that the main file will need besides what there is. */
    void takeRoomFor(Content next) {
        share.growTo(sizeBytes() + Math.max(0, next.sizeBytes() - file.toFile().length()));
    }

    /** Whether connections have been opened. */
    boolean isOpened() {
        return opened;
    }

    /** What readers see; empty as long as this is a new database whose first transaction is not durable yet. */
    Optional<DatabaseVersion> version() {
        return Optional.ofNullable(version);
    }

    /** What the durable version amounts to; empty as long as there is none. */
    Optional<Content> content() {
        return Optional.ofNullable(content);
    }

    Path file() {
        return file;
    }

    /**
     * The durable version as a whole, whatever is being written; not while a transaction {@linkplain #isFolding is folded}. Its
     * bytes stay what they are until a transaction has been accepted; reading them to the end fails if that was meanwhile.
     */
    DatabaseImage durableImage() {
        Content durable = Objects.requireNonNull(content);
        PageMap pages = hasWriter ? durablePages : folded ? null : wal.pages();
        return pages == null
                ? DatabaseImage.of(file, durable)
                : new DatabaseImage(file, wal.file(), pages, durable.checksum());
    }

    /** Whether the main file alone is the durable version, to which a transaction that is under way adds only a WAL. */
    boolean isDurableInMainFile() {
        return hasWriter ? durablePages == null : folded;
    }

    /** Takes note of what the store calls the durable version by now. */
    void relabel(DatabaseVersion newName) {
        version = newName;
        idle.forEach(reader -> reader.relabel(newName));
    }

    /** Whether an accepted transaction is on its way from the WAL into the main file, so that pages stand in either. */
    boolean isFolding() {
        return hasWriter && !writing;
    }

    boolean isFolded() {
        return folded;
    }

    boolean hasWriter() {
        return hasWriter;
    }

    WalReader wal() {
        return wal;
    }

    boolean isRetired() {
        return retired;
    }

    /** An idle reader, or a new one, on the durable version; empty if the caller has to wait for one. */
    Optional<Reader> borrow() throws SQLException {
        if (doorClosed) {
            return Optional.empty();
        }
        Reader reader = idle.poll();
        if (reader == null) {
            if (writing || openReaders >= MAX_READERS) {
                return Optional.empty();
            }
            reader = openReader();
        }
        try {
            reader.pin();
            return Optional.of(reader);
        } catch (SQLException e) {
            closeReader(reader);
            throw e;
        }
    }

    /** Lets no reader begin until {@link #openDoor}. */
    void closeDoor() {
        doorClosed = true;
    }

    void openDoor() {
        doorClosed = false;
    }

    /** Whether somebody reads at this moment. */
    boolean isRead() {
        return openReaders > idle.size();
    }

    /** Whether the WAL has grown to more than the database itself, and to more than is tolerated. */
    boolean isWalLarge() throws IOException {
        return wal.sizeBytes() > Math.max(toleratedWalBytes, Files.size(file));
    }

    /**
     * Notes whether the WAL could be folded when it was large. If not, because a reader takes long, readers are not kept
     * waiting for it again before the WAL has doubled.
     */
    void noteLargeWal(boolean foldedNow) {
        toleratedWalBytes = foldedNow ? SMALL_WAL_BYTES : 2 * wal.sizeBytes();
    }

    /** Notes that the main file holds all of the durable version. */
    void noteFolded() {
        folded = true;
        if (!writing) {
            letIdleGo();
        }
    }

    /**
     * Takes a reader back, to be used again if that is safe.
     *
     * @param intact whether it is known to be {@linkplain Reader#isIntact intact}
     */
    void giveBack(Reader reader, boolean intact) {
        boolean usable =
                !retired && (writing ? intact && reader.isStillDurable() : reader.mayStay(intact) || reader.unpin());
        if (usable) {
            idle.push(reader);
        } else {
            drop(reader);
            deleteIfUnused();
        }
    }

    /**
     * Pins what readers see, and opens the connection that the transaction runs on, which ends with {@link #endWriting} and
     * then {@link #closeWriter}.
     */
    Connection openWriter() throws SQLException {
        if (hasWriter) {
            throw new IllegalStateException("a database has one writer at a time");
        }
        opened = true;
        share.growTo(sizeBytes() + walBytes() + WRITER_BYTES);
        Connection writer = Connections.openWriter(file, setup);
        try {
            // Whoever reads while the transaction is on its way shares the readers that are pinned now. One of
            // them at least stays open for as long as the writer: closing the last connection of all would make
            // SQLite checkpoint, durable or not.
            while (idle.size() < MIN_PINNED_READERS) {
                idle.push(openReader());
            }
            for (Reader reader : idle) {
                reader.pin();
            }
            durablePages = folded ? null : wal.pages();
            hasWriter = true;
            writing = true;
            return writer;
        } catch (SQLException e) {
            closeQuietly(writer);
            throw e;
        }
    }

    /** Another connection in the place of {@code writer}, which may have been closed and is now. */
    Connection renewWriter(Connection writer) throws SQLException {
        Connection fresh = Connections.openWriter(file, setup);
        closeQuietly(writer);
        return fresh;
    }

    /** Lets readers move to {@code durable}, the version that the writer made. */
    void endWriting(DatabaseVersion durable, Content durableContent) {
        version = durable;
        content = durableContent;
        folded = false;
        endWriting();
    }

    /** Lets readers move on; the transaction came to nothing. */
    void endWriting() {
        writing = false;
        letIdleGo();
    }

    /** How often the idle were let go. */
    long timesLetGo() {
        return timesLetGo;
    }

    /** Ends the transactions of idle readers. */
    void letIdleGo() {
        timesLetGo++;
        List<Reader> unusable = idle.stream().filter(reader -> !reader.unpin()).toList();
        idle.removeAll(unusable);
        unusable.forEach(this::drop);
    }

    /** Closes a reader that cannot be used again. */
    private void drop(Reader reader) {
        // With the only connection SQLite forgets what is in the WAL, and would have to read all of it again.
        if (openReaders == 1 && !hasWriter && !retired) {
            try {
                Reader another = openReader();
                idle.push(another);
                // SQLite opens the files with the first read.
                another.pin();
            } catch (SQLException e) {
                log.debug("db={} could not open another reader", share.database(), e);
            }
        }
        closeReader(reader);
    }

    void closeWriter(Connection writer) {
        closeQuietly(writer);
        hasWriter = false;
        settle();
        deleteIfUnused();
    }

    /** No one begins to read this generation from now on. */
    void retire() {
        retired = true;
        idle.forEach(this::closeReader);
        idle.clear();
        deleteIfUnused();
    }

    /**
     * Gives the main file to a generation that follows, without the {@code -wal} file and whatever it holds. Nobody may be
     * reading. Of all connections one that cannot write is closed last, because closing the last makes SQLite copy the WAL
     * into the main file, if it can.
     *
     * @param writer the connection that has written, if one is open
     */
    void handOver(@Nullable Connection writer) throws IOException, SQLException {
        if (isRead()) {
            throw new IllegalStateException("somebody reads");
        }
        if (idle.isEmpty()) {
            idle.push(openReader());
        }
        idle.peek().pin();
        if (writer != null) {
            closeQuietly(writer);
        }
        hasWriter = false;
        writing = false;
        retired = true;
        handedOver = true;
        while (!idle.isEmpty()) {
            closeReader(idle.removeLast());
        }
        deleteCompanions(file);
    }

    /** Closes what is idle but keeps the file, for the next process. */
    void closeIdle() {
        idle.forEach(this::closeReader);
        idle.clear();
    }

    /** Deletes the files of a generation that nobody will use again. */
    private void deleteIfUnused() {
        if (!retired || handedOver || openReaders > 0 || hasWriter) {
            return;
        }
        try {
            delete(file);
            share.close();
        } catch (IOException e) {
            log.warn(
                    "db={} could not delete an old working copy, which takes up space: {}",
                    share.database(),
                    e.toString());
        }
    }

    /** Deletes a main file and all that SQLite may have left beside it. */
    static void delete(Path file) throws IOException {
        deleteCompanions(file);
        Files.deleteIfExists(file);
    }

    /** A journal or WAL beside a file that it does not belong to would be played into it when it is opened. */
    static void deleteCompanions(Path file) throws IOException {
        Files.deleteIfExists(walOf(file));
        Files.deleteIfExists(Path.of(file + "-shm"));
        Files.deleteIfExists(Path.of(file + "-journal"));
    }

    static Path walOf(Path file) {
        return Path.of(file + "-wal");
    }

    private Reader openReader() throws SQLException {
        opened = true;
        share.growTo(sizeBytes());
        Reader reader = new Reader(this, Connections.openReader(file, setup));
        openReaders++;
        return reader;
    }

    private void closeReader(Reader reader) {
        openReaders--;
        closeQuietly(reader.connection());
    }

    static void closeQuietly(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            log.debug("closing a connection failed", e);
        }
    }
}
