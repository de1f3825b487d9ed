/**
 * The codec of LTX files: the pages that a run of transactions changed, compressed and checksummed. Start at {@link
 * io.cloudsqlite.ltx.LtxHeader}, whose Javadoc shows a file being written and read; {@code LtxFormat} is the byte format.
 *
 * <p>It knows bytes only: no database, no store, no clock. Nothing else of core is used here.
 *
 * <p>Public to the other packages of core, not to its users: what is here may change with any version.
 */
@NullMarked
package io.cloudsqlite.ltx;

import org.jspecify.annotations.NullMarked;
