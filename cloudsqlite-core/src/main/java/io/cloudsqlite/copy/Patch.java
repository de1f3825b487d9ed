package io.cloudsqlite.copy;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.StorageUnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The pages that others have changed since the version of a working copy, the newest content of each, on their way into it:
 * kept in a file, because they may be many. Used by one thread.
 */
public final class Patch implements AutoCloseable {

    private final DatabaseName database;
    private final Path file;
    private final FileChannel pages;
    private final int pageSizeBytes;
    private final WorkBudget.Share share;
    private final NavigableMap<Integer, Long> offsets = new TreeMap<>();
    private long end;
    private int pageCount;

    /** @param share becomes this object's */
    Patch(DatabaseName database, Path file, int pageSizeBytes, WorkBudget.Share share) throws IOException {
        this.database = database;
        this.file = file;
        this.pageSizeBytes = pageSizeBytes;
        this.share = share;
        this.pages = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    /**
     * Adds one page, or replaces it.
     *
     * @throws IllegalArgumentException if it has not the database's page size
     * @throws StorageUnavailableException if the work directory fails
     */
    public void put(int page, byte[] bytes) {
        if (bytes.length != pageSizeBytes) {
            throw new IllegalArgumentException(
                    "a page of " + bytes.length + " bytes for a database with pages of " + pageSizeBytes);
        }
        try {
            long offset = offsets.getOrDefault(page, end);
            share.growTo(offset + bytes.length);
            writeFully(pages, bytes, offset);
            offsets.put(page, offset);
            end = Math.max(end, offset + bytes.length);
        } catch (IOException e) {
            throw WorkDirectory.failed(database, e);
        }
    }

    /** Says how many pages the database has from here on; those beyond are gone. */
    public void resize(int newPageCount) {
        pageCount = newPageCount;
        offsets.tailMap(newPageCount, false).clear();
    }

    /** What {@code main} will hold that holds {@code before} now; empty if this patch is not all that it lacks. */
    Optional<Content> contentAfter(Path main, Content before) throws IOException {
        if (before.pageSizeBytes() != pageSizeBytes || !bringsAllFrom(before.pageCount())) {
            return Optional.empty();
        }
        DatabaseChecksum checksum = before.checksum();
        byte[] buffer = new byte[pageSizeBytes];
        try (FileChannel old = FileChannel.open(main, StandardOpenOption.READ)) {
            for (int page : offsets.headMap(before.pageCount(), true).keySet()) {
                checksum = checksum.toggle(page, read(old, page, buffer));
            }
            for (int page = pageCount + 1; page <= before.pageCount(); page++) {
                checksum = checksum.toggle(page, read(old, page, buffer));
            }
        }
        for (Map.Entry<Integer, Long> entry : offsets.entrySet()) {
            WalReader.readFully(pages, ByteBuffer.wrap(buffer), entry.getValue());
            checksum = checksum.toggle(entry.getKey(), buffer);
        }
        return Optional.of(new Content(pageSizeBytes, pageCount, checksum));
    }

    private boolean bringsAllFrom(int pageCountBefore) {
        int lockPage = PageMap.lockPage(pageSizeBytes);
        for (int page = pageCountBefore + 1; page <= pageCount; page++) {
            if (page != lockPage && !offsets.containsKey(page)) {
                return false;
            }
        }
        return true;
    }

    private static byte[] read(FileChannel main, int page, byte[] buffer) throws IOException {
        WalReader.readFully(main, ByteBuffer.wrap(buffer), (page - 1L) * buffer.length);
        return buffer;
    }

    /** Writes the pages into {@code main}, which nobody has open. */
    void writeTo(Path main) throws IOException {
        byte[] buffer = new byte[pageSizeBytes];
        try (FileChannel target = FileChannel.open(main, StandardOpenOption.WRITE)) {
            for (Map.Entry<Integer, Long> entry : offsets.entrySet()) {
                WalReader.readFully(pages, ByteBuffer.wrap(buffer), entry.getValue());
                if (entry.getKey() == 1) {
                    DatabaseHeader.makeLocal(buffer);
                }
                writeFully(target, buffer, (entry.getKey() - 1L) * pageSizeBytes);
            }
            target.truncate((long) pageCount * pageSizeBytes);
        }
    }

    private static void writeFully(FileChannel target, byte[] bytes, long offset) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(bytes);
        while (left.hasRemaining()) {
            target.write(left, offset + left.position());
        }
    }

    @Override
    public void close() {
        try {
            pages.close();
            Files.deleteIfExists(file);
            share.close();
        } catch (IOException e) {
            throw WorkDirectory.failed(database, e);
        }
    }
}
