package io.cloudsqlite.copy;

/** Where the pages of a database stand that is a main file with a {@code -wal} file before it, at one moment. Immutable. */
final class PageMap {

    /** What {@link #walOffset} says of a page whose newest content stands in the main file. */
    static final long IN_MAIN_FILE = 0;

    private static final int LOCK_BYTE_OFFSET = 0x4000_0000;

    private final int pageSizeBytes;
    private final int pageCount;
    private final long[] walOffsets;

    /** @param walOffsets by page number, as {@link #walOffset} gives them; pages beyond its end stand in the main file */
    PageMap(int pageSizeBytes, int pageCount, long[] walOffsets) {
        this.pageSizeBytes = pageSizeBytes;
        this.pageCount = pageCount;
        this.walOffsets = walOffsets;
    }

    int pageSizeBytes() {
        return pageSizeBytes;
    }

    /** The size of the database in pages. */
    int pageCount() {
        return pageCount;
    }

    /** The page at 1 GiB, which SQLite keeps for file locks and never writes ("Database File Format", section 1.4). */
    static int lockPage(int pageSizeBytes) {
        return LOCK_BYTE_OFFSET / pageSizeBytes + 1;
    }

    /** The offset of the newest content of {@code page} in the {@code -wal} file, or {@link #IN_MAIN_FILE}. */
    long walOffset(int page) {
        return page < walOffsets.length ? walOffsets[page] : IN_MAIN_FILE;
    }
}
