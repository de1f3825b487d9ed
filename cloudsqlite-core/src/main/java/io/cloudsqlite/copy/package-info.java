/**
 * The working copy: one database on this process's own disk, where SQLite runs. Start at {@link
 * io.cloudsqlite.copy.WorkingCopy}; everything outside this package sees connections, versions and images, never a file.
 */
@NullMarked
package io.cloudsqlite.copy;

import org.jspecify.annotations.NullMarked;
