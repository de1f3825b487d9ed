/**
 * JMH benchmarks of what CloudSQLite computes, without any cloud: the codec of pages, the gate that statements pass, and what a
 * session adds to plain JDBC. For what a cloud adds there is the command {@code bench}.
 */
@NullMarked
package io.cloudsqlite.benchmarks;

import org.jspecify.annotations.NullMarked;
