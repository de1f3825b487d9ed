package io.cloudsqlite.copy;

import io.cloudsqlite.CorruptDatabaseException;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.InvalidRequestException;
import io.cloudsqlite.SqlFailedException;
import io.cloudsqlite.StatementNotAllowedException;
import io.cloudsqlite.StatementTimeoutException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.sql.ReservedNames;
import io.cloudsqlite.sql.SqlExecutor;
import io.cloudsqlite.sql.SqlLimits;
import io.cloudsqlite.sql.SqlStatement;
import io.cloudsqlite.sql.VirtualTableModules;
import io.cloudsqlite.sql.WriteAttemptedException;
import io.cloudsqlite.time.Deadline;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A SQLite file that a caller handed in, verified before anything is done with it: its header, its length, SQLite's own
 * {@code integrity_check}, that it uses no virtual table modules but the well-known ones, and that it does not reach for tables
 * that CloudSQLite keeps for itself.
 *
 * <pre>{@code
 * try (ImportedDatabase imported = ImportedDatabase.receive(work, name, in, maxBytes, deadline)) {
 *     store.replace(name, base, databaseId, imported.image(), ...);
 * }
 * }</pre>
 *
 * <p>Used by one thread. Closing it deletes the local file.
 */
public final class ImportedDatabase implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ImportedDatabase.class);

    private final Path file;
    private final WorkBudget.Share share;
    private final int pageSizeBytes;

    private ImportedDatabase(Path file, WorkBudget.Share share, int pageSizeBytes) {
        this.file = file;
        this.share = share;
        this.pageSizeBytes = pageSizeBytes;
    }

    /**
     * Receives and verifies a database.
     *
     * @param in the bytes of a SQLite file, to their end
     * @param maxBytes how many there may be
     * @throws InvalidRequestException if they are not a sound SQLite database, if there are more, or {@code in} fails
     * @throws StatementTimeoutException if verifying takes longer than until {@code deadline}
     * @throws StorageUnavailableException if the work directory fails, or has no room
     */
    public static ImportedDatabase receive(
            WorkDirectory work, DatabaseName database, InputStream in, long maxBytes, Deadline deadline) {
        Path file = null;
        WorkBudget.Share share = work.newShare(database);
        ImportedDatabase imported = null;
        try {
            file = work.scratchFile();
            receive(in, file, share, maxBytes, deadline);
            int pageSizeBytes = requireHeader(file, database);
            requireSound(file, database, deadline);
            imported = new ImportedDatabase(file, share, pageSizeBytes);
            return imported;
        } catch (IOException e) {
            throw WorkDirectory.failed(database, e);
        } finally {
            if (file != null && imported == null) {
                deleteQuietly(file, share);
            }
        }
    }

    private static void receive(InputStream in, Path file, WorkBudget.Share share, long maxBytes, Deadline deadline)
            throws IOException {
        byte[] buffer = new byte[DatabaseImage.CHUNK_BYTES];
        try (OutputStream out = Files.newOutputStream(file)) {
            long received = 0;
            for (int read = read(in, buffer); read >= 0; read = read(in, buffer)) {
                received += read;
                if (received > maxBytes) {
                    throw new InvalidRequestException(
                            "The file to import is larger than the limit of " + maxBytes + " bytes");
                }
                if (deadline.hasPassed()) {
                    throw new StatementTimeoutException(
                            "The file to import was not received in time; nothing was changed");
                }
                share.growTo(received);
                out.write(buffer, 0, read);
            }
        }
    }

    private static int read(InputStream in, byte[] buffer) {
        try {
            return in.read(buffer);
        } catch (IOException e) {
            throw new InvalidRequestException("The file to import ended before all of it was received", e);
        }
    }

    /** Also says 'rollback journal' in the file's header: a WAL that stood beside it did not come along. */
    private static int requireHeader(Path file, DatabaseName database) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            byte[] header = new byte[(int) Math.min(DatabaseHeader.SIZE_BYTES, channel.size())];
            WalReader.readFully(channel, ByteBuffer.wrap(header), 0);
            OptionalInt pageSize = DatabaseHeader.pageSizeBytes(header);
            if (pageSize.isEmpty() || channel.size() % pageSize.getAsInt() != 0) {
                throw notSound(database, "it does not begin as one, or is cut off", null);
            }
            DatabaseHeader.makeLocal(header);
            DatabaseHeader.makeStored(header);
            channel.write(ByteBuffer.wrap(header), 0);
            return pageSize.getAsInt();
        }
    }

    private static void requireSound(Path file, DatabaseName database, Deadline deadline) {
        SqlExecutor executor = SqlExecutor.guarded(new SqlLimits(
                Integer.MAX_VALUE,
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                deadline.remaining().plusMillis(1)));
        try (Connection connection = Connections.openReader(file, executor::configure)) {
            List<List<@Nullable Object>> findings = query(executor, connection, "PRAGMA integrity_check(1)", deadline);
            if (!findings.equals(List.of(List.of("ok")))) {
                throw notSound(database, "PRAGMA integrity_check says " + findings, null);
            }
            String virtualTables = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND rootpage = 0";
            for (List<@Nullable Object> row : query(executor, connection, virtualTables, deadline)) {
                if (!VirtualTableModules.areAllowedIn(String.valueOf(row.get(0)))) {
                    throw notSound(
                            database,
                            "it has a virtual table of a module other than " + VirtualTableModules.names(),
                            null);
                }
            }
            if (!query(executor, connection, ReservedNames.COUNT_MENTIONS, deadline)
                    .equals(List.of(List.of(0L)))) {
                throw notSound(
                        database,
                        "it has a view, a trigger or an index that mentions a table whose name is reserved: "
                                + ReservedNames.PREFIX + "...",
                        null);
            }
        } catch (SQLException
                | WriteAttemptedException
                | CorruptDatabaseException
                | SqlFailedException
                | StatementNotAllowedException e) {
            throw notSound(database, "SQLite cannot read it", e);
        }
    }

    private static List<List<@Nullable Object>> query(
            SqlExecutor executor, Connection connection, String sql, Deadline deadline) throws WriteAttemptedException {
        return executor.execute(connection, List.of(SqlStatement.of(sql)), deadline)
                .get(0)
                .rows();
    }

    private static InvalidRequestException notSound(DatabaseName database, String why, @Nullable Throwable cause) {
        return new InvalidRequestException(
                "The file to import as '" + database + "' is not a sound SQLite database: " + why, cause);
    }

    /** The database as it will lie in the store; reads it once, for its checksum. */
    public DatabaseImage image() throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            int pageCount = Math.toIntExact(Files.size(file) / pageSizeBytes);
            return DatabaseImage.of(file, new Content(pageSizeBytes, pageCount, DatabaseChecksum.of(in)));
        }
    }

    private static void deleteQuietly(Path file, WorkBudget.Share share) {
        try {
            Generation.delete(file);
            share.close();
        } catch (IOException e) {
            log.warn(
                    "db={} could not delete a file that was to be imported, the next process does: {}",
                    share.database(),
                    e.toString());
        }
    }

    @Override
    public void close() {
        deleteQuietly(file, share);
    }
}
