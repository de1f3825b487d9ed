/**
 * How a database lies in the store: checking it out and publishing what changed.
 *
 * <p>Start at {@link io.cloudsqlite.format.DatabaseStore}: it finds out which format a database has, and what became of a
 * commit whose answer was lost. {@code StorageFormat} says what a format owes, {@code FileFormat} is the short one and {@code
 * LogFormat} the usual one; {@code CommitPoint} is all that ever changes in a store. The past is {@link
 * io.cloudsqlite.format.LogHistory}'s, keeping logs short {@link io.cloudsqlite.format.LogMaintenance}'s.
 *
 * <p>Public to the other packages of core, not to its users: what is here may change with any version.
 */
@NullMarked
package io.cloudsqlite.format;

import org.jspecify.annotations.NullMarked;
