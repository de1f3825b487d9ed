package io.cloudsqlite.lock;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.TimeSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** What other processes do with a file lock in {@link FileLockManagerTest}. */
final class FileLockProcess {

    static final DatabaseName DATABASE = DatabaseName.of("app.db");

    private static final Duration TTL = Duration.ofMinutes(5);

    private FileLockProcess() {}

    /** {@code COMMAND DIRECTORY NUMBER}. */
    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[1]);
        LockManager locks = new FileLockManager(directory);
        switch (arguments[0]) {
            case "hold" -> {
                System.out.println(locks.acquire(DATABASE, TTL, deadline()).holder());
                // Until the process is killed, or the test that started it is gone.
                System.out.println(System.in.read());
            }
            case "take-turns" -> takeTurns(locks, directory.resolve("referee"), Integer.parseInt(arguments[2]));
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static Deadline deadline() {
        return Deadline.after(Duration.ofSeconds(100), TimeSource.system());
    }

    /** The referee is a file that must not exist while another holds the lock: creating it fails then. */
    private static void takeTurns(LockManager locks, Path referee, int turns) throws Exception {
        for (int i = 0; i < turns; i++) {
            try (Lease lease = locks.acquire(DATABASE, TTL, deadline())) {
                Files.createFile(referee);
                lease.ensureValid();
                Files.delete(referee);
            }
        }
    }
}
