/** How rows are shown: as a table, as JSON, as CSV. Start at {@link io.cloudsqlite.cli.output.OutputFormat}. */
@NullMarked
package io.cloudsqlite.cli.output;

import org.jspecify.annotations.NullMarked;
