/** The load test. Start at {@link io.cloudsqlite.cli.loadtest.LoadTest}; it knows a server's URL and nothing else. */
@NullMarked
package io.cloudsqlite.cli.loadtest;

import org.jspecify.annotations.NullMarked;
