/**
 * The working copy: one database on this process's own disk, where SQLite runs. Start at {@link
 * io.cloudsqlite.copy.WorkingCopy}; everything outside this package sees connections, versions and images, never a file.
 *
 * <p>Public to the other packages of core, not to its users: what is here may change with any version.
 */
@NullMarked
package io.cloudsqlite.copy;

import org.jspecify.annotations.NullMarked;
