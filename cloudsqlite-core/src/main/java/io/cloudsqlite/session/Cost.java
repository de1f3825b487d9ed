package io.cloudsqlite.session;

import io.cloudsqlite.format.Checkout;
import java.time.Duration;

/**
 * What a request took, and where its time went; the last attempt's, where it took several, but all of their requests.
 *
 * @param total from the call to the answer
 * @param lock waiting for and acquiring the lock
 * @param checkout bringing the working copy up to date
 * @param execute running the SQL
 * @param commit publishing the change
 * @param storeRequests requests to the store, not counting those of other callers that this one shared
 * @param bytesDownloaded bytes of databases that came from the store
 * @param bytesUploaded bytes of databases that went to the store
 * @param cache what it took to bring the working copy up to date
 */
public record Cost(
        Duration total,
        Duration lock,
        Duration checkout,
        Duration execute,
        Duration commit,
        long storeRequests,
        long bytesDownloaded,
        long bytesUploaded,
        Checkout cache) {}
