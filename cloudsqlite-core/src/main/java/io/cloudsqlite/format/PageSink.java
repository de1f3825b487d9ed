package io.cloudsqlite.format;

import io.cloudsqlite.copy.Download;
import io.cloudsqlite.copy.Patch;
import io.cloudsqlite.ltx.LtxHeader;

/** Takes the pages of commits, one commit after the other. */
interface PageSink {

    /** The beginning of a commit, of one transaction or several. */
    default void begin(LtxHeader commit) {}

    /** One page as the commit left it. */
    void page(int number, byte[] bytes);

    /**
     * The end of the commit.
     *
     * @param pageCount how many pages the database has from then on
     * @param ltxBytes how large the commit is in the log
     */
    void end(int pageCount, long ltxBytes);

    static PageSink into(Patch patch) {
        return new PageSink() {
            @Override
            public void page(int number, byte[] bytes) {
                patch.put(number, bytes);
            }

            @Override
            public void end(int pageCount, long ltxBytes) {
                patch.resize(pageCount);
            }
        };
    }

    static PageSink into(Download download, int pageSizeBytes) {
        return new PageSink() {
            @Override
            public void page(int number, byte[] bytes) {
                download.writePage(number, bytes);
            }

            @Override
            public void end(int pageCount, long ltxBytes) {
                download.truncate((long) pageCount * pageSizeBytes);
            }
        };
    }
}
