package io.cloudsqlite.ltx;

import java.util.Optional;

/** The page numbers that a file may have, for the writer and the reader alike. Used by one thread. */
final class PageOrder {

    private final LtxHeader header;
    private int last;

    PageOrder(LtxHeader header) {
        this.header = header;
    }

    /** Takes the next page, or says why it may not come now. */
    Optional<String> accept(int page) {
        if (page < 1 || page > header.commitPages()) {
            return Optional.of("page " + Integer.toUnsignedString(page) + " lies outside the " + header.commitPages()
                    + " pages of the database");
        }
        if (page == header.lockPage()) {
            return Optional.of("page " + page + " is the lock page, which has no content");
        }
        if (header.isSnapshot() && page != nextOfSnapshot()) {
            return Optional.of("page " + page + " where page " + nextOfSnapshot()
                    + " comes next: a file from TXID 1 on is a snapshot and has every page");
        }
        if (page <= last) {
            return Optional.of("page " + page + " comes after page " + last);
        }
        last = page;
        return Optional.empty();
    }

    /** Says what is missing, if this was not the last page. */
    Optional<String> end() {
        if (header.isSnapshot() && nextOfSnapshot() <= header.commitPages()) {
            return Optional.of("page " + nextOfSnapshot() + " of " + header.commitPages()
                    + " is missing: a file from TXID 1 on is a snapshot and has every page");
        }
        return Optional.empty();
    }

    /** A long, because the last of all pages has a successor too. */
    private long nextOfSnapshot() {
        return last + 1 == header.lockPage() ? last + 2L : last + 1L;
    }
}
