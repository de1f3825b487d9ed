package io.cloudsqlite;

import java.util.List;
import java.util.regex.Pattern;

/**
 * The name of a database, which is also its key in the store: {@code app.db} is the object {@code app.db}.
 *
 * <pre>{@code
 * DatabaseName name = DatabaseName.of("app.db");
 * DatabaseName.of("../etc/passwd");          // throws InvalidRequestException
 * DatabaseName.DEFAULT.value();              // "database.db"
 * }</pre>
 *
 * <p>A name is 1 to 128 characters of {@code A-Z a-z 0-9 . _ -}, begins with a letter or a digit and does not end in
 * {@value #RESERVED_SUFFIX} (in any case), below which the {@code log} format keeps its objects, nor in {@code -journal},
 * {@code -wal} or {@code -shm}, as SQLite calls the files beside a database. Nothing else is ever a name, so a name can stand
 * in a URL, a log line and a key without quoting. It never becomes part of a local path: the working copy's directory is a
 * hash of it.
 *
 * @param value the name as the caller wrote it; names are case-sensitive
 */
public record DatabaseName(String value) implements Comparable<DatabaseName> {

    /** Names must not end in this suffix: the objects of the {@code log} format live below it. */
    public static final String RESERVED_SUFFIX = ".cloudsqlite";

    /** How SQLite names the files beside a database: one of that name would be applied to its neighbour as its journal. */
    private static final List<String> SUFFIXES_OF_SQLITE = List.of("-journal", "-wal", "-shm");

    private static final Pattern VALID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

    /** What a request that names no database means, as in the first CloudSQLite. */
    public static final DatabaseName DEFAULT = new DatabaseName("database.db");

    /**
     * @throws InvalidRequestException if the name is not valid; the message says what a name may be
     */
    public DatabaseName {
        if (!isValid(value)) {
            throw new InvalidRequestException("The database name " + quoted(value)
                    + " is not valid: use 1 to 128 of the characters A-Z a-z 0-9 . _ - beginning with a letter or digit"
                    + " and not ending in " + RESERVED_SUFFIX + ", " + String.join(", ", SUFFIXES_OF_SQLITE));
        }
    }

    /** The name {@code value}; the same as the constructor, and reads better. */
    public static DatabaseName of(String value) {
        return new DatabaseName(value);
    }

    /** Whether {@code value} could be a name; objects in a bucket that are not named like this are not databases. */
    public static boolean isValid(String value) {
        return VALID.matcher(value).matches()
                && !endsIn(RESERVED_SUFFIX, value)
                && SUFFIXES_OF_SQLITE.stream().noneMatch(suffix -> endsIn(suffix, value));
    }

    private static boolean endsIn(String suffix, String value) {
        int start = value.length() - suffix.length();
        return start >= 0 && value.regionMatches(true, start, suffix, 0, suffix.length());
    }

    /** A hostile name is shown shortened and without control characters, so that it cannot forge a log line. */
    private static String quoted(String value) {
        String shown = value.length() <= 40 ? value : value.substring(0, 40) + "...";
        return '\'' + shown.replaceAll("[^\\x20-\\x7e]", "?") + '\'';
    }

    @Override
    public int compareTo(DatabaseName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
