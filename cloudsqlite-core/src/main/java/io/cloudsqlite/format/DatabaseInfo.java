package io.cloudsqlite.format;

import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.store.BlobVersion;
import java.time.Instant;

/**
 * What a listing tells of a database.
 *
 * @param format how it is stored
 * @param txid how many transactions were committed through CloudSQLite
 * @param version what the store calls this version of it
 */
public record DatabaseInfo(
        DatabaseName name,
        DatabaseFormat format,
        long sizeBytes,
        long txid,
        BlobVersion version,
        Instant lastModified) {}
