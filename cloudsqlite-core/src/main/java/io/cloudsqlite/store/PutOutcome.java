package io.cloudsqlite.store;

/**
 * The exact answer to 'did my put happen?'. (A put that certainly did not happen because the store could not be reached
 * is a {@link io.cloudsqlite.StorageUnavailableException} instead.)
 */
public sealed interface PutOutcome {

    /** It happened: the object is durable and has this version, and every later get sees it or a newer one. */
    record Stored(BlobVersion version) implements PutOutcome {}

    /**
     * It did not happen, and will not happen later, because the condition did not hold. An implementation whose own
     * retries might have met the object of an earlier attempt of the same call must answer {@link Unknown} instead.
     */
    record Refused() implements PutOutcome {}

    /**
     * It may have happened and may even happen yet: the answer got lost on its way. Sending the identical put again is
     * always safe under {@link PutCondition#IF_ABSENT} and {@link PutCondition#ifMatches}.
     *
     * @param cause what got lost, for the log
     */
    record Unknown(Throwable cause) implements PutOutcome {}
}
