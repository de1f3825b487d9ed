/**
 * Time as something that is handed in: clocks, sleeping, deadlines, and the conditions on which threads of one process wait for
 * each other. Nothing else in core looks at a clock or waits for a thread, except that {@code FileBlobStore} waits for other
 * processes of its machine.
 */
@NullMarked
package io.cloudsqlite.time;

import org.jspecify.annotations.NullMarked;
