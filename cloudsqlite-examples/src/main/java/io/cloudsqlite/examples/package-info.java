/** Small runnable programs that show how to embed CloudSQLite. */
@NullMarked
package io.cloudsqlite.examples;

import org.jspecify.annotations.NullMarked;
