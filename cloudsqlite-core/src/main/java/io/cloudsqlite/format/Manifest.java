package io.cloudsqlite.format;

import io.cloudsqlite.CommitId;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.copy.DatabaseChecksum;
import io.cloudsqlite.copy.DatabaseHeader;
import io.cloudsqlite.copy.DatabaseVersion;
import io.cloudsqlite.store.BlobVersion;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a database in format {@code log} consists of at one TXID: the base, the segments and the tail, one after the other, are
 * all of its transactions since the base. Immutable; {@link ManifestJson} tells how it is written.
 *
 * @param databaseId the identity that the database got when it was created
 * @param txid the newest transaction
 * @param timestamp when that was; never earlier than the one before it
 * @param pageSizeBytes the size of a page
 * @param pageCount the size of the database in pages
 * @param checksum the checksum of the database
 * @param recentCommits the ids of the newest commits, newest first
 * @param base a whole database that the log begins at; empty if the log begins with the first transaction
 * @param segments objects that hold transactions, in order
 * @param tail the newest commits, in order
 * @param collections how often garbage has been collected
 * @param previous the archived manifest that ends where the base begins, if there was one
 * @param forgotten the newest of the archived manifests that a collection has deleted, if any was: a put of it that was delayed
 *     may bring it back, but not what it names
 */
record Manifest(
        CommitId databaseId,
        long txid,
        Instant timestamp,
        int pageSizeBytes,
        int pageCount,
        DatabaseChecksum checksum,
        List<CommitId> recentCommits,
        Optional<Base> base,
        List<Segment> segments,
        List<Entry> tail,
        long collections,
        Optional<String> previous,
        Optional<String> forgotten) {

    /** About how much of the heap an object of a manifest takes besides the pages. */
    private static final long HEAP_BYTES_OF_PART = 400;

    /** How many such parts there are in a manifest without segments and entries. */
    private static final int HEAD_PARTS = 10;

    /**
     * A whole database as one SQLite file.
     *
     * @param key the object's key below the database's folder
     * @param txid the transaction that it is the state after
     * @param timestamp when that was
     */
    record Base(String key, long txid, Instant timestamp, long sizeBytes, DatabaseChecksum checksum) {
        Base {
            require(LogKeys.isKey(key) && txid >= 1 && sizeBytes >= 1, "a base");
        }
    }

    /**
     * Consecutive transactions in one object.
     *
     * @param key the object's key below the database's folder
     * @param timestamp when the last of them was
     * @param crc32c the CRC-32C of the object's bytes
     * @param checksum the checksum of the database after the last of them
     */
    record Segment(
            String key,
            long fromTxid,
            long toTxid,
            Instant timestamp,
            long sizeBytes,
            int crc32c,
            DatabaseChecksum checksum) {
        Segment {
            require(LogKeys.isKey(key) && fromTxid >= 1 && sizeBytes >= 1, "a segment");
        }
    }

    /** One commit, of one transaction or several that follow on one another. */
    static final class Entry {

        private final long fromTxid;
        private final long txid;
        private final Instant timestamp;
        private final DatabaseChecksum checksum;
        private final byte[] ltx;

        Entry(long fromTxid, long txid, Instant timestamp, DatabaseChecksum checksum, byte[] ltx) {
            require(fromTxid >= 1 && txid >= fromTxid, "a commit");
            this.fromTxid = fromTxid;
            this.txid = txid;
            this.timestamp = timestamp;
            this.checksum = checksum;
            this.ltx = ltx;
        }

        /** The first of its transactions. */
        long fromTxid() {
            return fromTxid;
        }

        /** The last of its transactions. */
        long txid() {
            return txid;
        }

        Instant timestamp() {
            return timestamp;
        }

        /** The checksum of the database after it. */
        DatabaseChecksum checksum() {
            return checksum;
        }

        /** The pages that it changed, an LTX file, which nobody changes. */
        byte[] ltx() {
            return ltx;
        }
    }

    /** @throws IllegalArgumentException if it makes no sense, or the parts do not follow on one another */
    Manifest {
        require(DatabaseHeader.isPageSize(pageSizeBytes), "a page size");
        require(pageCount >= 0 && (pageCount == 0) == (txid == 0), "a number of pages");
        require(recentCommits.size() <= DatabaseVersion.MAX_RECENT_COMMITS, "a list of commits");
        require(collections >= 0, "a number of collections");
        require(previous.filter(key -> !LogKeys.isKey(key)).isEmpty(), "a previous manifest");
        require(forgotten.filter(key -> !LogKeys.isKey(key)).isEmpty(), "a forgotten manifest");
        recentCommits = List.copyOf(recentCommits);
        segments = List.copyOf(segments);
        tail = List.copyOf(tail);
        long at = base.map(Base::txid).orElse(0L);
        DatabaseChecksum reached = base.map(Base::checksum).orElse(DatabaseChecksum.OF_NOTHING);
        for (int index = 0; index < segments.size(); index++) {
            Segment segment = segments.get(index);
            // A base that was made while others wrote may come to lie in the middle of the first segment.
            boolean follows = segment.fromTxid == at + 1 || (index == 0 && segment.fromTxid <= at);
            if (!follows || segment.toTxid <= at) {
                throw new IllegalArgumentException(
                        "a segment from " + segment.fromTxid + " to " + segment.toTxid + " follows on " + at);
            }
            at = segment.toTxid;
            reached = segment.checksum;
        }
        for (Entry entry : tail) {
            if (entry.fromTxid != at + 1) {
                throw new IllegalArgumentException("transaction " + entry.fromTxid + " follows on " + at);
            }
            at = entry.txid;
            reached = entry.checksum;
        }
        if (at != txid || !reached.equals(checksum)) {
            throw new IllegalArgumentException("the log ends at " + at + " and not at " + txid);
        }
    }

    private static void require(boolean makesSense, String what) {
        if (!makesSense) {
            throw new IllegalArgumentException("there is " + what + " that makes no sense");
        }
    }

    DatabaseVersion version(BlobVersion blob) {
        return new DatabaseVersion(DatabaseFormat.LOG, Optional.of(databaseId), txid, recentCommits, blob);
    }

    long sizeBytes() {
        return (long) pageCount * pageSizeBytes;
    }

    /** The TXID that the log begins after. */
    long baseTxid() {
        return base.map(Base::txid).orElse(0L);
    }

    long tailBytes() {
        return tail.stream().mapToLong(entry -> entry.ltx.length).sum();
    }

    /** How much has to be read on top of the base. */
    long logBytes() {
        return logBytesAfter(baseTxid());
    }

    /** How much has to be read on top of the state after {@code afterTxid}. */
    long logBytesAfter(long afterTxid) {
        long inSegments = segments.stream()
                .filter(segment -> segment.toTxid > afterTxid)
                .mapToLong(Segment::sizeBytes)
                .sum();
        return inSegments + (afterTxid < txid ? tailBytes() : 0);
    }

    /** How much has to be read to have all of the database. */
    long fullBytes() {
        return base.map(Base::sizeBytes).orElse(0L) + logBytes();
    }

    /** Whether it remembers the newest of those commits. */
    boolean hasCommit(List<CommitId> newestFirst) {
        return !newestFirst.isEmpty() && recentCommits.contains(newestFirst.get(0));
    }

    /** About how much of the heap it takes. */
    long heapBytes() {
        return tailBytes() + HEAP_BYTES_OF_PART * (HEAD_PARTS + segments.size() + tail.size());
    }

    /** Whether it says no more than that somebody is about to create the database. */
    boolean isReservation() {
        return txid == 0;
    }

    /** See {@link #isReservation}. */
    static Manifest reservation(CommitId databaseId, int pageSizeBytes) {
        return new Manifest(
                databaseId,
                0,
                Instant.EPOCH,
                pageSizeBytes,
                0,
                DatabaseChecksum.OF_NOTHING,
                List.of(),
                Optional.empty(),
                List.of(),
                List.of(),
                0,
                Optional.empty(),
                Optional.empty());
    }

    /** The keys of the objects that it consists of, below the database's folder. */
    Stream<String> keys() {
        return Stream.concat(base.stream().map(Base::key), segments.stream().map(Segment::key));
    }

    /** What this manifest is after one more commit, whose pages stand in {@code entry}. */
    Manifest append(Entry entry, int newPageCount, CommitId commit) {
        List<Entry> longer = new ArrayList<>(tail);
        longer.add(entry);
        return after(entry.txid, entry.timestamp, newPageCount, entry.checksum, commit, segments, longer);
    }

    /** What this manifest is after one more commit, the last of those in {@code segment}, which replaces the tail. */
    Manifest append(Segment segment, int newPageCount, CommitId commit) {
        List<Segment> longer = new ArrayList<>(segments);
        longer.add(segment);
        return after(segment.toTxid, segment.timestamp, newPageCount, segment.checksum, commit, longer, List.of());
    }

    private Manifest after(
            long newTxid,
            Instant newTimestamp,
            int newPageCount,
            DatabaseChecksum newChecksum,
            CommitId commit,
            List<Segment> newSegments,
            List<Entry> newTail) {
        return new Manifest(
                databaseId,
                newTxid,
                newTimestamp,
                pageSizeBytes,
                newPageCount,
                newChecksum,
                DatabaseVersion.commitsAfter(recentCommits, commit),
                base,
                newSegments,
                newTail,
                collections,
                previous,
                forgotten);
    }

    /**
     * The same database, with a log that begins at {@code newBase}, the state after one of the commits of this log.
     *
     * @param archived the manifest, archived, that tells what was before
     */
    Manifest rebased(Base newBase, String archived) {
        return sameWith(
                Optional.of(newBase),
                segments.stream()
                        .filter(segment -> segment.toTxid > newBase.txid)
                        .toList(),
                tail.stream().filter(entry -> entry.txid > newBase.txid).toList(),
                collections,
                Optional.of(archived),
                forgotten);
    }

    /** The same database, with {@code segment} in the place of the entries of the tail that it holds. */
    Manifest flushed(Segment segment) {
        List<Segment> longer = new ArrayList<>(segments);
        longer.add(segment);
        List<Entry> rest =
                tail.stream().filter(entry -> entry.txid > segment.toTxid).toList();
        return sameWith(base, longer, rest, collections, previous, forgotten);
    }

    /** The same database, with {@code merged} in the place of the segments {@code run}, which follow on one another. */
    Manifest merged(List<Segment> run, Segment merged) {
        List<Segment> fewer = new ArrayList<>(segments);
        int at = fewer.indexOf(run.get(0));
        fewer.subList(at, at + run.size()).clear();
        fewer.add(at, merged);
        return sameWith(base, fewer, tail, collections, previous, forgotten);
    }

    /**
     * The same database, after another collection of garbage.
     *
     * @param newForgotten the newest of the archived manifests that are deleted, or have been before
     */
    Manifest collected(Optional<String> newForgotten) {
        return sameWith(base, segments, tail, collections + 1, previous, newForgotten);
    }

    /** The same database, which consists of these. */
    private Manifest sameWith(
            Optional<Base> newBase,
            List<Segment> newSegments,
            List<Entry> newTail,
            long newCollections,
            Optional<String> newPrevious,
            Optional<String> newForgotten) {
        return new Manifest(
                databaseId,
                txid,
                timestamp,
                pageSizeBytes,
                pageCount,
                checksum,
                recentCommits,
                newBase,
                newSegments,
                newTail,
                newCollections,
                newPrevious,
                newForgotten);
    }

    /** When the transaction was made, or one that came soon after it. */
    Instant timestampOf(long someTxid) {
        return Stream.concat(
                        segments.stream()
                                .filter(segment -> segment.toTxid >= someTxid)
                                .map(Segment::timestamp),
                        tail.stream().filter(entry -> entry.txid >= someTxid).map(Entry::timestamp))
                .findFirst()
                .orElse(timestamp);
    }

    /**
     * Which stretches of transactions its log lies in, one object each, newest first, by the TXIDs that they begin after: that
     * of the tail, if there is one, and those of the segments.
     */
    List<Long> beginsOfParts() {
        List<Long> oldestFirst = new ArrayList<>();
        segments.forEach(segment -> oldestFirst.add(Math.max(baseTxid(), segment.fromTxid - 1)));
        tail.stream().limit(1).forEach(entry -> oldestFirst.add(entry.fromTxid - 1));
        Collections.reverse(oldestFirst);
        return oldestFirst;
    }

    /** The checksum of the database after one of the transactions, if this manifest tells it. */
    Optional<DatabaseChecksum> checksumAfter(long someTxid) {
        return states().filter(state -> state.txid == someTxid)
                .map(State::checksum)
                .findFirst();
    }

    /**
     * Whether this may be what became of {@code earlier}: wherever either tells of the same state since {@code sinceTxid}, they
     * tell the same. They may have nothing to tell both.
     */
    boolean agreesWith(Manifest earlier, long sinceTxid) {
        return earlier.states().filter(state -> state.txid >= sinceTxid).allMatch(this::mayHaveHad);
    }

    private boolean mayHaveHad(State state) {
        boolean isInsideCommit =
                tail.stream().anyMatch(entry -> entry.fromTxid <= state.txid && state.txid < entry.txid);
        return state.txid <= txid
                && !isInsideCommit
                && checksumAfter(state.txid)
                        .filter(checksum -> !checksum.equals(state.checksum))
                        .isEmpty();
    }

    /** A state whose checksum a manifest tells. */
    private record State(long txid, DatabaseChecksum checksum) {}

    private Stream<State> states() {
        return Stream.of(
                        base.stream().map(whole -> new State(whole.txid, whole.checksum)),
                        segments.stream().map(segment -> new State(segment.toTxid, segment.checksum)),
                        tail.stream().map(entry -> new State(entry.txid, entry.checksum)))
                .flatMap(states -> states);
    }
}
