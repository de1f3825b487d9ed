package io.cloudsqlite.lock;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A lease as a file holds it: lines of {@code key=value}.
 *
 * @param nonce tells this lease from every other
 * @param host the machine of the holder
 * @param pid the process of the holder
 * @param startMillis when that process started, in milliseconds since 1970; zero if its system does not tell
 * @param expiresAt when the lease lapses
 */
record LeaseRecord(String nonce, String host, long pid, long startMillis, Instant expiresAt) {

    /**
     * How far two processes may differ in when a third has started. Systems reckon it from the time since boot, which is
     * exact, and the time of the boot, which moves as the clock is set.
     */
    private static final Duration START_TOLERANCE = Duration.ofSeconds(10);

    LockInfo info() {
        return new LockInfo("process " + pid + " on " + host, expiresAt);
    }

    /**
     * Whether the lease counts: it has not lapsed, and its holder is not known to be dead. A process id that was given to a
     * new process is told from the old one's by when it started.
     */
    boolean isHeld(Instant now, String thisHost) {
        return now.isBefore(expiresAt) && !(host.equals(thisHost) && isHolderDead());
    }

    private boolean isHolderDead() {
        Optional<ProcessHandle> process = ProcessHandle.of(pid).filter(ProcessHandle::isAlive);
        if (process.isEmpty()) {
            return true;
        }
        Optional<Instant> start = process.get().info().startInstant();
        return startMillis != 0
                && start.isPresent()
                && Math.abs(start.get().toEpochMilli() - startMillis) > START_TOLERANCE.toMillis();
    }

    String encode() {
        return "nonce=" + nonce + "\nhost=" + host + "\npid=" + pid + "\nstarted=" + startMillis + "\nexpires="
                + expiresAt + "\n";
    }

    /** The record that {@link #encode} wrote as {@code text}; empty if it is something else. */
    static Optional<LeaseRecord> decode(String text) {
        try {
            Map<String, String> fields = text.lines()
                    .map(line -> line.split("=", 2))
                    .filter(field -> field.length == 2)
                    .collect(Collectors.toMap(field -> field[0], field -> field[1]));
            return Optional.of(new LeaseRecord(
                    field(fields, "nonce"),
                    field(fields, "host"),
                    Long.parseLong(field(fields, "pid")),
                    Long.parseLong(field(fields, "started")),
                    Instant.parse(field(fields, "expires"))));
        } catch (DateTimeException | IllegalStateException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String field(Map<String, String> fields, String name) {
        String value = fields.get(name);
        if (value == null) {
            throw new IllegalArgumentException("no field " + name);
        }
        return value;
    }
}
