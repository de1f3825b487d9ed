/**
 * The lock per database. It saves writers from doing work that would lose the race, and nothing else: see {@link
 * io.cloudsqlite.lock.LockManager}.
 */
@NullMarked
package io.cloudsqlite.lock;

import org.jspecify.annotations.NullMarked;
