package io.cloudsqlite.copy;

/**
 * What one version of a database amounts to.
 *
 * @param pageSizeBytes the size of a page
 * @param pageCount the size of the database in pages
 * @param checksum the checksum of all of them
 */
record Content(int pageSizeBytes, int pageCount, DatabaseChecksum checksum) {

    long sizeBytes() {
        return (long) pageCount * pageSizeBytes;
    }
}
