/**
 * Small runnable programs that show how to embed CloudSQLite. Read them in this order:
 *
 * <ol>
 *   <li>{@link io.cloudsqlite.examples.EmbedAndQuery}: open a database in a directory and use it.
 *   <li>{@link io.cloudsqlite.examples.NoteService} and its test: how to unit-test code that uses a database.
 *   <li>{@link io.cloudsqlite.examples.AuditLog}: many writers at once, and what to do about errors.
 * </ol>
 *
 * <p>All that they need is the module {@code cloudsqlite-core}, and something behind slf4j if the log is to be seen.
 */
@NullMarked
package io.cloudsqlite.examples;

import org.jspecify.annotations.NullMarked;
