package io.cloudsqlite.examples;

import io.cloudsqlite.ConstraintViolatedException;
import io.cloudsqlite.session.DbSession;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * A service as an application has them, here to show how to unit-test one: it is handed a {@link DbSession} and neither
 * knows nor cares where the database lives.
 *
 * <pre>{@code
 * NoteService notes = new NoteService(cloud.database("notes.db"));
 * notes.createTables();
 * notes.add("shopping", "tea, bread");    // true
 * notes.find("shopping");                 // Optional[Note[title=shopping, text=tea, bread]]
 * }</pre>
 *
 * <p>In production {@code cloud} is opened on a store of files or on S3. The unit test, {@code NoteServiceTest}, opens it on
 * {@link io.cloudsqlite.store.InMemoryBlobStore} and {@link io.cloudsqlite.lock.InMemoryLockManager}, which pass the same
 * contract tests as the real ones: no mocks, no container, no network, real SQL, and a few milliseconds per test.
 *
 * <p>To run the test, in the root of the project:
 *
 * <pre>
 * mvn -pl cloudsqlite-examples -am test -Dtest=NoteServiceTest -Dsurefire.failIfNoSpecifiedTests=false
 * </pre>
 *
 * <p>Safe for use by many threads, as its session is.
 */
public final class NoteService {

    private final DbSession db;

    /** What is noted. */
    public record Note(String title, String text) {}

    public NoteService(DbSession db) {
        this.db = db;
    }

    /** Creates the tables if they do not exist; changes and uploads nothing if they do. */
    public void createTables() {
        db.execute("CREATE TABLE IF NOT EXISTS note (title TEXT PRIMARY KEY, text TEXT NOT NULL)");
    }

    /**
     * Adds a note.
     *
     * @return whether it was added; if there is a note of that title already, that one stays as it is
     */
    public boolean add(String title, String text) {
        try {
            db.execute("INSERT INTO note (title, text) VALUES (?, ?)", title, text);
            return true;
        } catch (ConstraintViolatedException e) {
            return false;
        }
    }

    /** The note of that title. */
    public Optional<Note> find(String title) {
        return db.read(connection -> find(connection, title));
    }

    private static Optional<Note> find(Connection connection, String title) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT title, text FROM note WHERE title = ?")) {
            select.setString(1, title);
            try (ResultSet rows = select.executeQuery()) {
                return rows.next() ? Optional.of(new Note(rows.getString(1), rows.getString(2))) : Optional.empty();
            }
        }
    }

    /** The titles of all notes that have {@code word} in their text, in the order of the alphabet. */
    public List<String> titlesAbout(String word) {
        return db.execute("SELECT title FROM note WHERE instr(text, ?) > 0 ORDER BY title", word).rows().stream()
                .map(row -> String.valueOf(row.get(0)))
                .toList();
    }
}
