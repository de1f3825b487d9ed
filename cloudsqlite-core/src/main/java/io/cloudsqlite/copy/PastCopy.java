package io.cloudsqlite.copy;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.sql.SqlExecutor;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One state of a database's past in a local file of its own, to be read, copied or verified.
 *
 * <pre>{@code
 * try (PastCopy past = PastCopy.receive(work, database, executor::configure, download -> history.read(..., download, ...))) {
 *     ... past.connection() ... past.image() ...
 * }
 * }</pre>
 *
 * <p>Used by one thread. Closing it deletes the local file.
 */
public final class PastCopy implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(PastCopy.class);

    private final DatabaseName database;
    private final Path file;
    private final WorkBudget.Share share;
    private final Content content;
    private final DatabaseVersion version;
    private final Connection connection;

    private PastCopy(
            DatabaseName database,
            Path file,
            WorkBudget.Share share,
            Content content,
            DatabaseVersion version,
            Connection connection) {
        this.database = database;
        this.file = file;
        this.share = share;
        this.content = content;
        this.version = version;
        this.connection = connection;
    }

    /**
     * Receives a state.
     *
     * @param source downloads it, seals the download and tells which version it is
     */
    public static PastCopy receive(
            WorkDirectory work,
            DatabaseName database,
            ConnectionSetup setup,
            Function<Download, DatabaseVersion> source) {
        try {
            Path file = work.scratchFile();
            try (Download download = new Download(database, file, work.newShare(database))) {
                DatabaseVersion version = source.apply(download);
                download.share()
                        .growTo(Generation.OPEN_BYTES + download.content().sizeBytes());
                Connection connection = Connections.openReader(file, setup);
                boolean begun = false;
                try {
                    Connections.run(connection, "BEGIN");
                    download.keep();
                    begun = true;
                } finally {
                    if (!begun) {
                        Generation.closeQuietly(connection);
                    }
                }
                return new PastCopy(database, file, download.share(), download.content(), version, connection);
            } catch (SQLException e) {
                throw SqlExecutor.translate(e);
            }
        } catch (IOException e) {
            throw WorkDirectory.failed(database, e);
        }
    }

    /** Which version it is. */
    public DatabaseVersion version() {
        return version;
    }

    /** A connection to it, in a transaction and unable to write. It is closed with this. */
    public Connection connection() {
        return connection;
    }

    /** The whole database. */
    public DatabaseImage image() {
        return DatabaseImage.of(file, content);
    }

    @Override
    public void close() {
        Generation.closeQuietly(connection);
        try {
            Generation.delete(file);
            share.close();
        } catch (IOException e) {
            log.warn("db={} a file in the work directory takes up space: {}", database, e.toString());
        }
    }
}
