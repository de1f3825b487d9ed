/**
 * Small runnable programs that show how to embed CloudSQLite. Read them in this order:
 *
 * <ol>
 *   <li>{@link io.cloudsqlite.examples.EmbedAndQuery}: open a database in a directory and use it.
 *   <li>{@link io.cloudsqlite.examples.NoteService} and its test: how to unit-test code that uses a database.
 *   <li>{@link io.cloudsqlite.examples.AuditLog}: many writers at once, and what to do about errors.
 *   <li>{@link io.cloudsqlite.examples.LocalAws}: S3 and DynamoDB, on this machine, with the HTTP API on them.
 * </ol>
 *
 * <p>All that the first three need is the module {@code cloudsqlite-core}, and something behind slf4j if the log is to be
 * seen.
 */
@NullMarked
package io.cloudsqlite.examples;

import org.jspecify.annotations.NullMarked;
