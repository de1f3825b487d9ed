package io.cloudsqlite.copy;

import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;

/**
 * What a transaction changed, once it is committed to the local files: the pages that it wrote, as they will lie in the
 * store. Nothing is held in memory but where they stand; the bytes stay the same for as long as the transaction is open.
 *
 * <p>Used by one thread.
 */
public final class Change {

    private final Generation generation;
    private final Content content;

    /** The numbers of the pages that are not as they were, ascending; pages that came or that were written. */
    private final int[] pages;

    /**
     * Looks at what was changed, at a cost that grows with the change and not with the database.
     *
     * @param before where each page stood that was written, see {@link WalReader#advance}
     */
    static Change of(Generation generation, SortedMap<Integer, Long> before) throws IOException {
        WalReader wal = generation.wal();
        int pageSize = wal.pageSizeBytes();
        int pageCount = wal.pageCount();
        int countBefore = generation.content().map(Content::pageCount).orElse(0);
        DatabaseChecksum checksum = generation.content().map(Content::checksum).orElse(DatabaseChecksum.OF_NOTHING);
        try (LocalPages files = new LocalPages(generation, pageSize)) {
            for (Map.Entry<Integer, Long> written :
                    before.headMap(countBefore + 1).entrySet()) {
                checksum = checksum.toggle(written.getKey(), files.read(written.getKey(), written.getValue()));
            }
            for (int page = pageCount + 1; page <= countBefore; page++) {
                if (!before.containsKey(page)) {
                    checksum = checksum.toggle(page, files.read(page, wal.walOffset(page)));
                }
            }
            int[] pages = pagesOf(before, pageSize, countBefore, pageCount);
            for (int page : pages) {
                checksum = checksum.toggle(page, files.read(page, wal.walOffset(page)));
            }
            return new Change(generation, new Content(pageSize, pageCount, checksum), pages);
        }
    }

    /** The pages that were written and are still there. All that a database grows by is written. */
    private static int[] pagesOf(SortedMap<Integer, Long> written, int pageSize, int countBefore, int pageCount)
            throws IOException {
        int lockPage = PageMap.lockPage(pageSize);
        int[] pages = written.headMap(pageCount + 1).keySet().stream()
                .mapToInt(Integer::intValue)
                .filter(page -> page != lockPage)
                .toArray();
        long grown = Arrays.stream(pages).filter(page -> page > countBefore).count();
        boolean lockPageCame = countBefore < lockPage && lockPage <= pageCount;
        if (grown != Math.max(0, pageCount - countBefore) - (lockPageCame ? 1 : 0)) {
            throw new IOException("the database grew from " + countBefore + " to " + pageCount
                    + " pages, of which only " + grown + " were written");
        }
        return pages;
    }

    private Change(Generation generation, Content content, int[] pages) {
        this.generation = generation;
        this.content = content;
        this.pages = pages;
    }

    /** The size of a page. */
    public int pageSizeBytes() {
        return content.pageSizeBytes();
    }

    /** How many pages the database has after the transaction. */
    public int pageCount() {
        return content.pageCount();
    }

    /** The checksum of the database after the transaction. */
    public DatabaseChecksum checksum() {
        return content.checksum();
    }

    /** The pages that were written or came, without the one that SQLite never writes. The caller closes them. */
    public PageCursor openPages() throws IOException {
        LocalPages files = new LocalPages(generation, pageSizeBytes());
        return new PageCursor() {

            private int at = -1;

            @Override
            public boolean next() throws IOException {
                if (++at >= pages.length) {
                    return false;
                }
                files.read(pages[at], generation.wal().walOffset(pages[at]));
                return true;
            }

            @Override
            public int number() {
                return pages[at];
            }

            @Override
            public byte[] bytes() {
                return files.buffer();
            }

            @Override
            public void close() throws IOException {
                files.close();
            }
        };
    }

    /** The whole database after the transaction. */
    public DatabaseImage image() {
        return new DatabaseImage(
                generation.file(), generation.wal().file(), generation.wal().pages(), checksum());
    }

    Content content() {
        return content;
    }
}
