/**
 * What callers hold. Start at {@link io.cloudsqlite.session.CloudSqlite} for what there is, and at {@link
 * io.cloudsqlite.session.DbSession} for how a write travels, which leads by {@code WriterQueue} to {@code GroupCommit#run}.
 */
@NullMarked
package io.cloudsqlite.session;

import org.jspecify.annotations.NullMarked;
