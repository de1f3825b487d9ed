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
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * The past of databases in format {@code log}: every transaction that retention keeps, and the state that it left.
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
     * Transactions, newest first.
     *
     * @param before only those with smaller TXIDs; empty to begin with the newest
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
                next = before(database, manifest, operation);
                long begin = manifest.baseTxid();
                boolean isLogged =
                        next.filter(earlier -> earlier.txid() >= begin).isPresent();
                if (!isLogged && begin < below && entries.size() < limit) {
                    // The transaction was a whole database, an import for example; or the log of it is gone.
                    manifest.base()
                            .map(base -> entry(base, manifest.pageSizeBytes()))
                            .ifPresent(entries::add);
                }
                below = Math.min(below, isLogged ? begin + 1 : begin);
            }
            return entries;
        });
    }

    private static HistoryEntry entry(Manifest.Base base, int pageSizeBytes) {
        long pages = base.sizeBytes() / pageSizeBytes;
        return new HistoryEntry(base.txid(), base.timestamp(), pages, base.sizeBytes(), pages);
    }

    /** The newest of those of a manifest's log that are below {@code below}, newest first. */
    private List<HistoryEntry> entriesBelow(
            DatabaseName database, Manifest manifest, long below, int limit, Operation operation)
            throws DeletedException {
        long upTo = Math.min(manifest.txid(), below - 1);
        long after = Math.max(manifest.baseTxid(), upTo - limit);
        Entries entries = new Entries();
        if (upTo > after) {
            objects.readLog(database, manifest, after, upTo, entries, operation);
        }
        return entries.entries();
    }

    /** Notes what transactions amount to. A segment that is read again for some reason counts once. */
    private static final class Entries implements PageSink {

        private final Map<Long, HistoryEntry> byTxid = new TreeMap<>(Comparator.reverseOrder());
        private long txid;
        private Instant timestamp = Instant.EPOCH;
        private long pages;

        /** Newest first. */
        List<HistoryEntry> entries() {
            return List.copyOf(byTxid.values());
        }

        @Override
        public void begin(LtxHeader transaction) {
            txid = transaction.maxTxid();
            timestamp = transaction.timestamp();
            pages = 0;
        }

        @Override
        public void page(int number, byte[] bytes) {
            pages++;
        }

        @Override
        public void end(int pageCount, long ltxBytes) {
            byTxid.put(txid, new HistoryEntry(txid, timestamp, pages, ltxBytes, pageCount));
        }
    }

    /**
     * The newest transaction that was made at {@code time} or before.
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
                manifest = before(database, manifest, operation)
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
     * @throws InvalidRequestException if its format keeps no history, or that transaction is none of its history
     * @throws CorruptDatabaseException if what the store holds is damaged
     */
    public DatabaseVersion read(DatabaseName database, long txid, Download download, Operation operation) {
        return undisturbed(database, operation, newest -> {
            Manifest manifest = find(database, newest, txid, operation)
                    .orElseThrow(() -> new InvalidRequestException("The transaction " + txid
                            + " is none of the history of the database '" + database + "', whose newest is "
                            + newest.txid() + ": 'cloudsqlite history' lists those that can be restored"));
            download.truncate(0);
            if (manifest.base().isPresent()) {
                Manifest.Base base = manifest.base().get();
                objects.readBase(database, base, download, operation);
                requireChecksum(database, base.key(), download.seal(), base.checksum());
            }
            if (txid > manifest.baseTxid()) {
                PageSink sink = PageSink.into(download, manifest.pageSizeBytes());
                objects.readLog(database, manifest, manifest.baseTxid(), txid, sink, operation);
                DatabaseChecksum sealed = download.seal();
                manifest.checksumAfter(txid)
                        .ifPresent(expected -> requireChecksum(database, database.value(), sealed, expected));
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

    private static void requireChecksum(
            DatabaseName database, String key, DatabaseChecksum actual, DatabaseChecksum expected) {
        if (!actual.equals(expected)) {
            throw new CorruptDatabaseException("The database '" + database + "' is damaged: with '" + key
                    + "' its checksum is " + actual + " and should be " + expected);
        }
    }

    /**
     * The TXIDs from which it takes one base and the log that follows it to verify all that is kept of the past, newest first:
     * the one before each base, and the oldest that can be restored.
     *
     * @throws DatabaseNotFoundException if there is no such database
     */
    public List<Long> checkpoints(DatabaseName database, Operation operation) {
        return undisturbed(database, operation, newest -> {
            List<Long> txids = new ArrayList<>();
            Manifest oldest = newest;
            for (Optional<Manifest> earlier = before(database, newest, operation);
                    earlier.isPresent();
                    earlier = before(database, oldest, operation)) {
                if (oldest.baseTxid() > 1) {
                    txids.add(oldest.baseTxid() - 1);
                }
                oldest = earlier.get();
            }
            txids.add(Math.max(1, oldest.baseTxid()));
            return txids;
        });
    }

    /** The manifest from which the state after a transaction can be restored; empty if there is none any more. */
    private Optional<Manifest> find(DatabaseName database, Manifest newest, long txid, Operation operation) {
        Optional<Manifest> manifest = Optional.of(newest);
        while (manifest.isPresent() && txid < Math.max(1, manifest.get().baseTxid())) {
            manifest = before(database, manifest.get(), operation);
        }
        return manifest.filter(found -> txid <= found.txid());
    }

    private Optional<Manifest> before(DatabaseName database, Manifest manifest, Operation operation) {
        return manifest.previous().flatMap(name -> objects.getArchived(database, name, operation));
    }

    /** Something that is read of the past. */
    @FunctionalInterface
    private interface Reading<T> {
        T read(Manifest newest) throws DeletedException;
    }

    /**
     * Begins again where a checkpoint and a collector have taken away what was being read. An archived manifest that was there
     * a moment ago may have been deleted with all that it names although the newest manifest is still the same; so what is
     * gone is damage only when it is gone for the second time.
     */
    private <T> T undisturbed(DatabaseName database, Operation operation, Reading<T> reading) {
        Optional<BlobVersion> disturbedAt = Optional.empty();
        for (int attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
            StoredManifest newest = format.get(database, operation)
                    .filter(stored -> !stored.manifest().isReservation())
                    .orElseThrow(() -> noHistory(database, operation));
            try {
                return reading.read(newest.manifest());
            } catch (DeletedException e) {
                if (disturbedAt.equals(Optional.of(newest.version()))) {
                    format.requireNewer(database, newest, e, operation);
                }
                disturbedAt = Optional.of(newest.version());
            }
        }
        throw new StorageUnavailableException(
                "The history of the database '" + database + "' changes faster than it can be read: try again");
    }

    private RuntimeException noHistory(DatabaseName database, Operation operation) {
        return format.exists(database, operation)
                ? new InvalidRequestException("The database '" + database
                        + "' is stored in format 'file', which keeps no history: convert it to format 'log' first")
                : new DatabaseNotFoundException(database);
    }
}
