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
     * It may have happened and may even happen yet: the answer got lost on its way. Sending the identical put again is safe
     * under {@link PutCondition#ifMatches} of a version that never returns. Under {@link PutCondition#IF_ABSENT} it is safe as
     * long as nobody deletes the object in between, so implementations do not do it by themselves.
     *
     * @param cause what got lost, for the log
     */
    record Unknown(Throwable cause) implements PutOutcome {}
}
