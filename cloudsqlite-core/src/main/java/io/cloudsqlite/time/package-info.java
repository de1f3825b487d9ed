/**
 * Time as something that is handed in: clocks, sleeping and deadlines. Nothing else in core looks at a clock, except that
 * threads of one process wait for each other with the timeouts of {@code java.util.concurrent}.
 */
@NullMarked
package io.cloudsqlite.time;

import org.jspecify.annotations.NullMarked;
