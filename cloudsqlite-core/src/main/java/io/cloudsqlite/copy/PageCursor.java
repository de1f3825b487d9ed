package io.cloudsqlite.copy;

import java.io.IOException;

/**
 * Pages of a database, one after the other in the order of their numbers, as they lie in the store.
 *
 * <pre>{@code
 * try (PageCursor pages = change.openPages()) {
 *     while (pages.next()) { ... pages.number() ... pages.bytes() ... }
 * }
 * }</pre>
 *
 * <p>Used by one thread.
 */
public interface PageCursor extends AutoCloseable {

    /**
     * Goes to the next page; to the first at the first call.
     *
     * @return whether there is one
     */
    boolean next() throws IOException;

    /** The number of the page that the cursor is at, from 1. */
    int number();

    /** The content of that page, valid until the cursor moves. */
    byte[] bytes();

    @Override
    void close() throws IOException;
}
