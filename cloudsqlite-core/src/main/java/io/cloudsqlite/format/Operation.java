package io.cloudsqlite.format;

import io.cloudsqlite.time.Deadline;

/**
 * One thing that a caller asked for: by when it must have ended, and what it has cost at the store so far. Used by one
 * thread.
 */
public final class Operation {

    private final Deadline deadline;
    private long storeRequests;
    private long bytesDownloaded;
    private long bytesUploaded;

    public Operation(Deadline deadline) {
        this.deadline = deadline;
    }

    public Deadline deadline() {
        return deadline;
    }

    /** Adds what another has cost that did a part of this one's work. */
    public void add(Operation part) {
        storeRequests += part.storeRequests;
        bytesDownloaded += part.bytesDownloaded;
        bytesUploaded += part.bytesUploaded;
    }

    /** Notes that the store was asked once. */
    void countRequest() {
        countRequests(1);
    }

    /** Notes that the store was asked {@code requests} times. */
    void countRequests(int requests) {
        storeRequests += requests;
    }

    void countDownload(long bytes) {
        bytesDownloaded += bytes;
    }

    void countUpload(long bytes) {
        bytesUploaded += bytes;
    }

    /** How many requests went to the store. */
    public long storeRequests() {
        return storeRequests;
    }

    /** How many bytes of databases came from the store. */
    public long bytesDownloaded() {
        return bytesDownloaded;
    }

    /** How many bytes of databases went to the store, those of attempts that failed included. */
    public long bytesUploaded() {
        return bytesUploaded;
    }
}
