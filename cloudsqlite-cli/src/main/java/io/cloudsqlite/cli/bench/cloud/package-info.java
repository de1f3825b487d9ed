/**
 * The cloud that a benchmark runs on: real or simulated, and metered either way. Start at {@link
 * io.cloudsqlite.cli.bench.cloud.Cloud}.
 */
@NullMarked
package io.cloudsqlite.cli.bench.cloud;

import org.jspecify.annotations.NullMarked;
