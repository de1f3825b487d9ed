/** The {@code cloudsqlite} command. Start reading at {@link io.cloudsqlite.cli.Main}. */
@NullMarked
package io.cloudsqlite.cli;

import org.jspecify.annotations.NullMarked;
