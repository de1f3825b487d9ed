/**
 * The benchmark: workloads, what they are compared with, and how the figures are shown. Start at {@link
 * io.cloudsqlite.cli.bench.Bench}.
 */
@NullMarked
package io.cloudsqlite.cli.bench;

import org.jspecify.annotations.NullMarked;
