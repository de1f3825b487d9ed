/**
 * Where databases are durable. Start at {@link io.cloudsqlite.store.BlobStore}: its Javadoc states what an object store
 * owes CloudSQLite, and every implementation here and elsewhere passes the same contract test.
 */
@NullMarked
package io.cloudsqlite.store;

import org.jspecify.annotations.NullMarked;
