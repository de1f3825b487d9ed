package io.cloudsqlite.aws;

import io.cloudsqlite.time.Deadline;
import java.time.Duration;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;

/** How long calls of the SDK may take, all attempts together. */
final class CallLimits {

    private static final Duration SHORTEST = Duration.ofMillis(1);

    private CallLimits() {}

    /** Until {@code deadline}. The SDK refuses to be given no time at all, so a deadline that just passed leaves an instant. */
    static AwsRequestOverrideConfiguration until(Deadline deadline) {
        Duration remaining = deadline.remaining();
        return of(remaining.compareTo(SHORTEST) > 0 ? remaining : SHORTEST);
    }

    /** For this long. */
    static AwsRequestOverrideConfiguration of(Duration duration) {
        return AwsRequestOverrideConfiguration.builder()
                .apiCallTimeout(duration)
                .build();
    }
}
