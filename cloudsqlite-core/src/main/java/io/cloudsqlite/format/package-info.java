/**
 * How a database lies in the store: checking it out and publishing what changed. Start at {@link
 * io.cloudsqlite.format.StorageFormat}.
 *
 * <p>Public to the other packages of core, not to its users: what is here may change with any version.
 */
@NullMarked
package io.cloudsqlite.format;

import org.jspecify.annotations.NullMarked;
