package io.cloudsqlite.session;

import io.cloudsqlite.InvalidRequestException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;

/** A state of a database's past, by what a person or a program knows of it. */
public sealed interface PointInTime {

    /** The state after that transaction. */
    record AfterTransaction(long txid) implements PointInTime {

        /** @throws IllegalArgumentException if there can be no such transaction */
        public AfterTransaction {
            if (txid < 1) {
                throw new IllegalArgumentException("transactions are numbered from 1");
            }
        }
    }

    /** The state at that time: after the newest transaction that was made by then. */
    record AtTime(Instant time) implements PointInTime {}

    static PointInTime afterTransaction(long txid) {
        return new AfterTransaction(txid);
    }

    static PointInTime atTime(Instant time) {
        return new AtTime(time);
    }

    /**
     * The state at a time that somebody wrote down in ISO 8601: {@code 2026-11-03T14:30:00Z}, with any offset in the place of
     * the {@code Z}, or {@code 2026-11-03}, which is the beginning of that day in UTC.
     *
     * @throws InvalidRequestException if it is written in any other way; a time without an offset is never guessed at
     */
    static AtTime parseTime(String text) {
        try {
            Instant time = text.indexOf('T') < 0
                    ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
                    : OffsetDateTime.parse(text).toInstant();
            return new AtTime(time);
        } catch (DateTimeException e) {
            throw new InvalidRequestException(
                    "A time is written like 2026-11-03T14:30:00Z, like 2026-11-03T14:30:00+01:00, or, for the beginning of a"
                            + " day in UTC, like 2026-11-03",
                    e);
        }
    }
}
