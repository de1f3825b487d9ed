/**
 * How a database lies in the store: checking it out and publishing what changed. Start at {@link
 * io.cloudsqlite.format.StorageFormat}.
 */
@NullMarked
package io.cloudsqlite.format;

import org.jspecify.annotations.NullMarked;
