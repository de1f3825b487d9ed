/**
 * Statements, their results, and running them. Start at {@link io.cloudsqlite.sql.SqlExecutor}: one implementation runs
 * the SQL of code that embeds CloudSQLite, the other the SQL of strangers.
 */
@NullMarked
package io.cloudsqlite.sql;

import org.jspecify.annotations.NullMarked;
