package io.cloudsqlite.session;

import io.cloudsqlite.DatabaseFormat;

/**
 * What was found to be sound.
 *
 * @param format how the database is stored
 * @param txid the newest transaction
 * @param oldestTxid the oldest transaction whose state can be restored
 * @param verifiedStates how many different states were rebuilt from the store, from bases and the log that follows them
 * @param bytesDownloaded what was read for that
 */
public record VerificationReport(
        DatabaseFormat format, long txid, long oldestTxid, int verifiedStates, long bytesDownloaded) {}
