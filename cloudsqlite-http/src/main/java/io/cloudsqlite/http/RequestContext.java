package io.cloudsqlite.http;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.session.Answer;
import java.time.Duration;
import java.util.Optional;

/**
 * What a transport knows about a request beyond the request itself, and wants to know about its answer.
 *
 * <pre>{@code
 * api.handle(request, RequestContext.NONE.withTimeout(Duration.ofSeconds(3)));
 * }</pre>
 *
 * @param timeout by when the request must have ended; empty for the usual
 * @param cold whether it is the first of a new process, which is then told in {@code meta}; empty where that is of no interest
 * @param observer is told what becomes of the request, by the thread that handles it
 */
public record RequestContext(Optional<Duration> timeout, Optional<Boolean> cold, Observer observer) {

    /** Nothing in particular. */
    public static final RequestContext NONE = new RequestContext(Optional.empty(), Optional.empty(), new Observer() {});

    /** @throws IllegalArgumentException if the timeout is not above zero */
    public RequestContext {
        if (timeout.isPresent() && (timeout.get().isNegative() || timeout.get().isZero())) {
            throw new IllegalArgumentException("A request takes longer than " + timeout.get());
        }
    }

    /** This with another timeout. */
    public RequestContext withTimeout(Duration value) {
        return new RequestContext(Optional.of(value), cold, observer);
    }

    /** This with {@code cold} told. */
    public RequestContext withCold(boolean value) {
        return new RequestContext(timeout, Optional.of(value), observer);
    }

    /** This with another observer. */
    public RequestContext withObserver(Observer value) {
        return new RequestContext(timeout, cold, value);
    }

    /** Is told what becomes of a request, for logs and metrics. Does not throw. */
    public interface Observer {

        /** SQL was run; the value of {@code answer} is of no use here, all the rest is. */
        default void executed(DatabaseName database, Answer<?> answer) {}

        /** The answer is an error; {@code code} is the {@code code} in it. */
        default void failed(String code) {}
    }
}
