/**
 * The vocabulary of CloudSQLite: {@linkplain io.cloudsqlite.DatabaseName names}, {@linkplain io.cloudsqlite.CommitId
 * commit ids} and the {@linkplain io.cloudsqlite.CloudSqliteException errors} that every other package speaks in.
 *
 * <p>Start reading at {@code io.cloudsqlite.session.DbSession}: one method there is the life of a write, and each step
 * of it leads to one interface.
 */
@NullMarked
package io.cloudsqlite;

import org.jspecify.annotations.NullMarked;
