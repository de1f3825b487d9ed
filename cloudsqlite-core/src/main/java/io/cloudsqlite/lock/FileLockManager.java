package io.cloudsqlite.lock;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.OperationInterruptedException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.store.FileGuards;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.SystemRandom;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Locks in a directory, between all processes of one machine that use it: the counterpart of {@link
 * io.cloudsqlite.store.FileBlobStore}.
 *
 * <pre>{@code
 * LockManager locks = new FileLockManager(Path.of("cloudsqlite-data"));
 * try (Lease lease = locks.acquire(DatabaseName.of("app.db"), Duration.ofSeconds(30), deadline)) {
 *     ...
 * }
 * }</pre>
 *
 * <p>A lease is a small file {@code DIR/.cloudsqlite/leases/DATABASE} that names its holder, its process and when it
 * lapses. It stops mattering when it lapses, and at once when its process is dead: after {@code kill -9} nobody waits.
 * Whether a process is dead can be told on one machine and in one space of process ids only; where containers share a
 * directory and a host name a live holder may look dead, which costs work and never data, as every fault of a lock does.
 *
 * <p>Lease files are read and changed under a {@link FileGuards guard} and replaced by renaming. They are not forced to
 * the disk: after a power failure all holders are gone anyway, and a file that cannot be read counts as no lease. The lock
 * is not fair. It keeps no {@linkplain Lease#lastCommitted hints}: to ask a file store what is new costs less than a
 * millisecond. Safe for use by many threads; it holds nothing open and need not be closed.
 */
public final class FileLockManager implements LockManager {

    /** The guard is held for the reading and writing of one small file, so this much waiting means that something is wrong. */
    private static final Duration LONGEST_GUARD_WAIT = Duration.ofSeconds(5);

    private static final int NONCE_BYTES = 16;

    private final Path leases;
    private final FileGuards guards;
    private final TimeSource time;
    private final RandomGenerator random;
    private final String host;
    private final long startMillis;

    /**
     * The locks of {@code directory}, which may also be that of a file store, and is created if there is none.
     *
     * @throws StorageUnavailableException if the directory cannot be used
     */
    public FileLockManager(Path directory) {
        this(directory, TimeSource.system(), SystemRandom.create());
    }

    /**
     * The locks of {@code directory}, which may also be that of a file store, and is created if there is none.
     *
     * @param time by which leases lapse
     * @param random spreads waiters out and makes nonces; safe for use by many threads
     * @throws StorageUnavailableException if the directory cannot be used
     */
    public FileLockManager(Path directory, TimeSource time, RandomGenerator random) {
        this.time = time;
        this.random = random;
        this.host = hostName();
        this.startMillis = ProcessHandle.current()
                .info()
                .startInstant()
                .map(Instant::toEpochMilli)
                .orElse(0L);
        try {
            Path internal = directory.resolve(".cloudsqlite");
            leases = Files.createDirectories(internal.resolve("leases"));
            guards = new FileGuards(internal.resolve("lease-locks"), random);
        } catch (IOException e) {
            throw new StorageUnavailableException("The directory of the file locks cannot be used", e);
        }
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    @Override
    public Lease acquire(DatabaseName database, Duration ttl, Deadline deadline) {
        if (ttl.isNegative() || ttl.isZero()) {
            throw new IllegalArgumentException("A lease lasts longer than " + ttl);
        }
        return Acquisition.await(database, () -> attempt(database, ttl), deadline, random);
    }

    private Acquisition attempt(DatabaseName database, Duration ttl) {
        return guarded(database, () -> {
            Optional<LeaseRecord> held = held(database);
            if (held.isPresent()) {
                return new Acquisition.Held(held.get().info());
            }
            LeaseRecord ours = new LeaseRecord(
                    nonce(),
                    host,
                    ProcessHandle.current().pid(),
                    startMillis,
                    time.instant().plus(ttl));
            write(database, ours);
            return new Acquisition.Granted(new HeldLease(
                    database, ours.info(), time, Optional.empty(), lease -> release(database, ours.nonce())));
        });
    }

    private void release(DatabaseName database, String nonce) {
        guarded(database, () -> {
            boolean isOurs = read(database).map(LeaseRecord::nonce).equals(Optional.of(nonce));
            return isOurs && Files.deleteIfExists(file(database));
        });
    }

    @Override
    public Optional<LockInfo> find(DatabaseName database, Deadline deadline) {
        return guarded(database, () -> held(database).map(LeaseRecord::info));
    }

    @Override
    public boolean breakLock(DatabaseName database, Deadline deadline) {
        return guarded(database, () -> {
            boolean wasHeld = held(database).isPresent();
            Files.deleteIfExists(file(database));
            return wasHeld;
        });
    }

    private <T> T guarded(DatabaseName database, FileGuards.Action<T> action) {
        try {
            return guards.holding(database.value(), Deadline.after(LONGEST_GUARD_WAIT, time), action);
        } catch (ClosedByInterruptException e) {
            throw new OperationInterruptedException(
                    "The thread was interrupted while it looked at the lock of the database '" + database + "'", e);
        } catch (IOException e) {
            throw new StorageUnavailableException(
                    "The lock of the database '" + database + "' could not be read or changed", e);
        }
    }

    private Optional<LeaseRecord> held(DatabaseName database) throws IOException {
        return read(database).filter(lease -> lease.isHeld(time.instant(), host));
    }

    private Optional<LeaseRecord> read(DatabaseName database) throws IOException {
        try {
            return LeaseRecord.decode(Files.readString(file(database), StandardCharsets.ISO_8859_1));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** A name never begins with a dot, so the temporary file is no other database's; the guard makes it ours alone. */
    private void write(DatabaseName database, LeaseRecord lease) throws IOException {
        Path temporary = leases.resolve("." + database);
        Files.writeString(temporary, lease.encode(), StandardCharsets.ISO_8859_1);
        Files.move(temporary, file(database), StandardCopyOption.ATOMIC_MOVE);
    }

    private Path file(DatabaseName database) {
        return leases.resolve(database.value());
    }

    private String nonce() {
        byte[] bytes = new byte[NONCE_BYTES];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
