package io.cloudsqlite.format;

import io.cloudsqlite.CommitId;
import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.DatabaseNotFoundException;
import io.cloudsqlite.InvalidRequestException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.copy.DatabaseChecksum;
import io.cloudsqlite.copy.DatabaseVersion;
import io.cloudsqlite.copy.Download;
import io.cloudsqlite.format.LogObjects.DeletedException;
import io.cloudsqlite.ltx.LtxHeader;
import io.cloudsqlite.store.BlobVersion;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * The past of databases in format {@code log}: every commit that retention keeps, and the state that it left. Where several
 * transactions were committed together, that is the state after the last of them; there is none between them.
 *
 * <p>Safe for use by many threads.
 */
public final class LogHistory {

    private static final int MAX_ATTEMPTS = 5;

    private final LogFormat format;
    private final LogObjects objects;

    LogHistory(LogFormat format, LogObjects objects) {
        this.format = format;
        this.objects = objects;
    }

    /**
     * Commits, newest first.
     *
     * @param before only those whose last transaction has a smaller TXID; empty to begin with the newest
     * @param limit how many at the most, 1 or more
     * @throws DatabaseNotFoundException if there is no such database
     * @throws InvalidRequestException if its format keeps no history
     */
    public List<HistoryEntry> list(DatabaseName database, OptionalLong before, int limit, Operation operation) {
        return undisturbed(database, operation, newest -> {
            List<HistoryEntry> entries = new ArrayList<>();
            long below = before.orElse(Long.MAX_VALUE);
            Optional<Manifest> next = Optional.of(newest);
            while (next.isPresent() && entries.size() < limit) {
                Manifest manifest = next.get();
                entries.addAll(entriesBelow(database, manifest, below, limit - entries.size(), operation));
                next = objects.getPrevious(database, newest, manifest, operation);
                long begin = manifest.baseTxid();
                boolean isLogged =
                        next.filter(earlier -> earlier.txid() >= begin).isPresent();
                if (!isLogged && begin < below && entries.size() < limit) {
                    // The commit was of a whole database, an import for example; or the log of it is gone.
                    long from = next.map(earlier -> earlier.txid() + 1).orElse(begin);
                    manifest.base()
                            .map(base -> entry(base, from, manifest.pageSizeBytes()))
                            .ifPresent(entries::add);
                }
                below = Math.min(below, isLogged ? begin + 1 : begin);
            }
            return entries;
        });
    }

    private static HistoryEntry entry(Manifest.Base base, long fromTxid, int pageSizeBytes) {
        long pages = base.sizeBytes() / pageSizeBytes;
        return new HistoryEntry(fromTxid, base.txid(), base.timestamp(), pages, base.sizeBytes(), pages);
    }

    /** The newest of those of a manifest's log that are below {@code below}, newest first. */
    private List<HistoryEntry> entriesBelow(
            DatabaseName database, Manifest manifest, long below, int limit, Operation operation)
            throws DeletedException {
        Entries entries = new Entries(below);
        long upTo = manifest.txid();
        // One after the other, because only who has read a part knows how many commits are in it.
        for (long begin : manifest.beginsOfParts()) {
            if (begin + 1 < below && entries.size() < limit) {
                readPart(database, manifest, begin, upTo, entries, operation);
            }
            upTo = begin;
        }
        return entries.newest(limit);
    }

    /** Reads what lies between two places where a commit of the manifest's log ends. */
    private void readPart(
            DatabaseName database, Manifest manifest, long afterTxid, long upToTxid, PageSink sink, Operation operation)
            throws DeletedException {
        try {
            objects.readLog(database, manifest, afterTxid, upToTxid, sink, operation);
        } catch (SplitCommitException e) {
            throw e.asDamage(database);
        }
    }

    /** Notes what commits below a TXID amount to. A segment that is read again for some reason counts once. */
    private static final class Entries implements PageSink {

        private final SortedMap<Long, HistoryEntry> newestFirst = new TreeMap<>(Comparator.reverseOrder());
        private final long below;
        private long fromTxid;
        private long txid;
        private Instant timestamp = Instant.EPOCH;
        private long pages;

        Entries(long below) {
            this.below = below;
        }

        int size() {
            return newestFirst.size();
        }

        /** The TXID of the oldest. */
        long oldest() {
            return newestFirst.lastKey();
        }

        List<HistoryEntry> newest(int limit) {
            return newestFirst.values().stream().limit(limit).toList();
        }

        @Override
        public void begin(LtxHeader commit) {
            fromTxid = commit.minTxid();
            txid = commit.maxTxid();
            timestamp = commit.timestamp();
            pages = 0;
        }

        @Override
        public void page(int number, byte[] bytes) {
            pages++;
        }

        @Override
        public void end(int pageCount, long ltxBytes) {
            if (txid < below) {
                newestFirst.put(txid, new HistoryEntry(fromTxid, txid, timestamp, pages, ltxBytes, pageCount));
            }
        }
    }

    /**
     * The newest transaction that was made at {@code time} or before, and whose state can be restored.
     *
     * @throws DatabaseNotFoundException if there is no such database
     * @throws InvalidRequestException if its format keeps no history, or history does not reach back that far
     */
    public long txidAt(DatabaseName database, Instant time, Operation operation) {
        return undisturbed(database, operation, newest -> {
            Manifest manifest = newest;
            while (manifest.base()
                    .filter(base -> base.timestamp().isAfter(time))
                    .isPresent()) {
                long beginsAt = manifest.baseTxid();
                Instant beganAt = manifest.timestampOf(beginsAt);
                manifest = objects.getPrevious(database, newest, manifest, operation)
                        .orElseThrow(() -> new InvalidRequestException("The history of the database '" + database
                                + "' does not reach back to " + time + ": it begins with transaction " + beginsAt
                                + " of "
                                + beganAt));
            }
            List<HistoryEntry> made =
                    entriesBelow(database, manifest, manifest.txid() + 1, Integer.MAX_VALUE, operation);
            OptionalLong found = made.stream()
                    .filter(entry -> !entry.timestamp().isAfter(time))
                    .mapToLong(HistoryEntry::txid)
                    .max();
            if (found.isEmpty() && manifest.base().isEmpty()) {
                throw new InvalidRequestException(
                        "The database '" + database + "' did not exist at " + time + ": name a later time");
            }
            return found.orElse(manifest.baseTxid());
        });
    }

    /**
     * Downloads the state after a transaction, and seals it.
     *
     * @return what it is
     * @throws DatabaseNotFoundException if there is no such database
     * @throws InvalidRequestException if its format keeps no history, that transaction is none of its history, or was
     *     committed together with later ones
     * @throws CorruptDatabaseException if what the store holds is damaged
     */
    public DatabaseVersion read(DatabaseName database, long txid, Download download, Operation operation) {
        return read(database, txid, manifest -> Math.max(1, manifest.baseTxid()) <= txid, download, operation);
    }

    /**
     * Rebuilds a state in order to verify it, as {@link #read} does.
     *
     * @throws DatabaseNotFoundException if there is no such database
     * @throws InvalidRequestException if a collector has deleted it meanwhile
     * @throws CorruptDatabaseException if what the store holds is damaged
     */
    public DatabaseVersion read(DatabaseName database, Rebuild rebuild, Download download, Operation operation) {
        return read(
                database, rebuild.txid(), manifest -> manifest.baseTxid() <= rebuild.baseTxid(), download, operation);
    }

    /** @param isFrom tells, from the newest manifest on, which is the first from which the state can be rebuilt */
    private DatabaseVersion read(
            DatabaseName database, long txid, Predicate<Manifest> isFrom, Download download, Operation operation) {
        return undisturbed(database, operation, newest -> {
            Optional<Manifest> next = Optional.of(newest);
            Optional<DatabaseChecksum> expected = newest.checksumAfter(txid);
            while (next.isPresent() && !isFrom.test(next.get())) {
                next = objects.getPrevious(database, newest, next.get(), operation);
                if (expected.isEmpty()) {
                    expected = next.flatMap(earlier -> earlier.checksumAfter(txid));
                }
            }
            Manifest manifest = next.filter(found -> txid <= found.txid())
                    .orElseThrow(() -> new InvalidRequestException("The transaction " + txid
                            + " is none of the history of the database '" + database + "', whose newest is "
                            + newest.txid() + ": 'cloudsqlite history' lists those that can be restored"));
            DatabaseChecksum rebuilt = rebuild(database, manifest, txid, download, operation);
            if (expected.isPresent()) {
                requireChecksum(database, database.value(), rebuilt, expected.get());
            }
            List<CommitId> commits = txid == newest.txid() ? newest.recentCommits() : List.of();
            return new DatabaseVersion(
                    DatabaseFormat.LOG,
                    Optional.of(newest.databaseId()),
                    txid,
                    commits,
                    // A name of our own: the store has no object that is this state and nothing else.
                    new BlobVersion(database + "@" + txid));
        });
    }

    private DatabaseChecksum rebuild(
            DatabaseName database, Manifest manifest, long txid, Download download, Operation operation)
            throws DeletedException {
        download.truncate(0);
        if (manifest.base().isPresent()) {
            Manifest.Base base = manifest.base().get();
            objects.readBase(database, base, manifest.pageSizeBytes(), download, operation);
            DatabaseChecksum received = download.seal();
            requireChecksum(database, base.key(), received, base.checksum());
            if (txid == base.txid()) {
                return received;
            }
        }
        try {
            PageSink sink = PageSink.into(download, manifest.pageSizeBytes());
            objects.readLog(database, manifest, manifest.baseTxid(), txid, sink, operation);
        } catch (SplitCommitException e) {
            throw e.fromTxid() > manifest.baseTxid() ? hasNoState(database, txid, e) : e.asDamage(database);
        }
        return download.seal();
    }

    private static InvalidRequestException hasNoState(DatabaseName database, long txid, SplitCommitException commit) {
        String before = commit.fromTxid() == 1 ? "" : ", and so can that after " + (commit.fromTxid() - 1);
        return new InvalidRequestException("There is no state of the database '" + database + "' after transaction "
                + txid + ", because " + commit.getMessage() + ": the state after " + commit.toTxid()
                + " can be restored" + before);
    }

    private static void requireChecksum(
            DatabaseName database, String key, DatabaseChecksum actual, DatabaseChecksum expected) {
        if (!actual.equals(expected)) {
            throw new CorruptDatabaseException("The database '" + database + "' is damaged: with '" + key
                    + "' its checksum is " + actual + " and should be " + expected);
        }
    }

    /**
     * A state that can be rebuilt from a certain base, even if there is a newer base that it could be rebuilt from.
     *
     * @param txid the transaction that it is the state after
     * @param baseTxid that of the base; 0 to begin with the first transaction
     */
    public record Rebuild(long txid, long baseTxid) {}

    /**
     * What it takes to rebuild in order to verify all that is kept of the past, newest first: from each base but the newest,
     * which what is current is rebuilt from, the state that became the next base, or that the next base replaced; and the oldest
     * state that can be restored.
     *
     * @throws DatabaseNotFoundException if there is no such database
     */
    public List<Rebuild> rebuilds(DatabaseName database, Operation operation) {
        return undisturbed(database, operation, newest -> {
            List<Rebuild> rebuilds = new ArrayList<>();
            Manifest oldest = newest;
            for (Optional<Manifest> next = objects.getPrevious(database, newest, newest, operation);
                    next.isPresent();
                    next = objects.getPrevious(database, newest, oldest, operation)) {
                Manifest earlier = next.get();
                rebuilds.add(new Rebuild(Math.min(earlier.txid(), oldest.baseTxid()), earlier.baseTxid()));
                oldest = earlier;
            }
            rebuilds.add(new Rebuild(oldestState(database, oldest, operation), oldest.baseTxid()));
            return rebuilds;
        });
    }

    private long oldestState(DatabaseName database, Manifest oldest, Operation operation) throws DeletedException {
        if (oldest.base().isPresent()) {
            return oldest.baseTxid();
        }
        // Its first transactions may have been committed together: only the first part of the log tells.
        List<Long> begins = oldest.beginsOfParts();
        long end = begins.size() == 1 ? oldest.txid() : begins.get(begins.size() - 2);
        Entries first = new Entries(Long.MAX_VALUE);
        readPart(database, oldest, 0, end, first, operation);
        return first.oldest();
    }

    /** Something that is read of the past. */
    @FunctionalInterface
    private interface Reading<T> {
        T read(Manifest newest) throws DeletedException;
    }

    /** Begins again where a checkpoint and a collector have taken away what was being read. */
    private <T> T undisturbed(DatabaseName database, Operation operation, Reading<T> reading) {
        for (int attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
            StoredManifest newest = format.get(database, operation)
                    .filter(stored -> !stored.manifest().isReservation())
                    .orElseThrow(() -> noHistory(database, operation));
            try {
                return reading.read(newest.manifest());
            } catch (DeletedException e) {
                format.requireNewer(database, newest, e, operation);
            }
        }
        throw new StorageUnavailableException(
                "The history of the database '" + database + "' changes faster than it can be read: try again");
    }

    private RuntimeException noHistory(DatabaseName database, Operation operation) {
        return format.exists(database, operation)
                ? new InvalidRequestException("The database '" + database
                        + "' is stored in format 'file', which keeps no history: convert it to format 'log',"
                        + " and its history begins with that")
                : new DatabaseNotFoundException(database);
    }
}
