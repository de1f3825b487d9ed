/** How long requests took. Start at {@link io.cloudsqlite.cli.latency.LatencyLog}. */
@NullMarked
package io.cloudsqlite.cli.latency;

import org.jspecify.annotations.NullMarked;
