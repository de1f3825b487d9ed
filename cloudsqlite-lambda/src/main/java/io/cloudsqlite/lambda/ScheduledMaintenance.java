package io.cloudsqlite.lambda;

import com.amazonaws.services.lambda.runtime.Context;
import com.fasterxml.jackson.core.JsonGenerator;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseNotFoundException;
import io.cloudsqlite.format.DatabaseInfo;
import io.cloudsqlite.format.DatabasePage;
import io.cloudsqlite.format.MaintenanceReport;
import io.cloudsqlite.lambda.logging.LogLines;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Maintains all databases of the store, one after the other, for as long as there is time. What there was no time for is left to
 * the next invocation, which begins at another letter of the alphabet; most have nothing due then, and cost three requests.
 *
 * <p>Used by one thread.
 */
final class ScheduledMaintenance {

    private static final int PAGE_SIZE = 100;

    /** What the names of databases begin with. */
    private static final String NAMES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /** A line of a log is no place for more. */
    private static final int MAX_TOLD_FAILURES = 10;

    private final CloudSqlite cloud;
    private final Deadline deadline;
    private final TimeSource time;
    private final long began;
    private final List<String> failures = new ArrayList<>();
    private MaintenanceReport total = MaintenanceReport.NOTHING;
    private int maintained;
    private int checkpoints;
    private int failed;
    private boolean isComplete;

    ScheduledMaintenance(CloudSqlite cloud, Duration timeout, TimeSource time) {
        this.time = time;
        this.began = time.nanoTime();
        this.cloud = cloud.withRequestTimeout(timeout);
        this.deadline = Deadline.after(timeout, time);
    }

    /**
     * Whether an event asks for it: one of EventBridge's schedules, or the constant input {@code {"cloudsqlite": "maintain"}}.
     */
    static boolean isAskedFor(Map<String, @Nullable Object> event) {
        return "maintain".equals(event.get("cloudsqlite"))
                || ("aws.events".equals(event.get("source")) && "Scheduled Event".equals(event.get("detail-type")));
    }

    /** Does it. That it fails for one database does not keep it from the others. */
    ScheduledMaintenance run() {
        // Somewhere else each time, so that a large database does not keep those behind it waiting for ever.
        String start = Character.toString(NAMES.charAt((int) (time.instant().toEpochMilli() % NAMES.length())));
        isComplete = run(Optional.of(start), name -> true) && run(Optional.empty(), name -> name.compareTo(start) <= 0);
        return this;
    }

    /** Maintains those after a name, as long as {@code isWanted}; tells whether there was time for all. */
    private boolean run(Optional<String> start, Predicate<String> isWanted) {
        Optional<String> after = start;
        do {
            DatabasePage page = cloud.list(after, PAGE_SIZE);
            for (DatabaseInfo database : page.databases()) {
                if (!isWanted.test(database.name().value())) {
                    return true;
                }
                if (deadline.hasPassed()) {
                    return false;
                }
                if (database.format() == DatabaseFormat.LOG) {
                    maintain(database);
                }
            }
            after = page.nextAfter();
        } while (after.isPresent());
        return true;
    }

    private void maintain(DatabaseInfo database) {
        try {
            MaintenanceReport report = cloud.maintain(database.name(), deadline.remaining());
            maintained++;
            checkpoints += report.checkpointed() ? 1 : 0;
            total = total.plus(report);
        } catch (DatabaseNotFoundException e) {
            // Somebody has deleted it since it was listed.
        } catch (RuntimeException e) {
            failed++;
            if (failures.size() < MAX_TOLD_FAILURES) {
                failures.add(database.name() + ": " + e.getMessage());
            }
        }
    }

    /** Prints what was done. */
    void writeTo(LogLines lines, Context invocation, boolean isCold) {
        Duration took = Duration.ofNanos(time.nanoTime() - began);
        lines.print(json -> {
            json.writeStringField("timestamp", time.instant().toString());
            json.writeStringField("level", failed == 0 && isComplete ? "INFO" : "WARN");
            json.writeStringField("message", "maintenance");
            json.writeStringField("requestId", invocation.getAwsRequestId());
            json.writeNumberField("databases", maintained);
            json.writeNumberField("checkpoints", checkpoints);
            json.writeNumberField("merged_segments", total.mergedSegments());
            json.writeNumberField("deleted_objects", total.deletedObjects());
            json.writeNumberField("deleted_bytes", total.deletedBytes());
            writeFailures(json);
            json.writeBooleanField("complete", isComplete);
            json.writeNumberField("duration_ms", took.toMillis());
            json.writeBooleanField("cold", isCold);
        });
    }

    private void writeFailures(JsonGenerator json) throws IOException {
        json.writeNumberField("failed", failed);
        if (failed > 0) {
            json.writeArrayFieldStart("failures");
            for (String failure : failures) {
                json.writeString(failure);
            }
            json.writeEndArray();
        }
    }
}
