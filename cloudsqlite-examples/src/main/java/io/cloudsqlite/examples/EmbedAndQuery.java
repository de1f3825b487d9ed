package io.cloudsqlite.examples;

import io.cloudsqlite.ConstraintViolatedException;
import io.cloudsqlite.session.Answer;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.session.DbSession;
import io.cloudsqlite.session.RequestOptions;
import io.cloudsqlite.sql.SqlResult;
import io.cloudsqlite.sql.SqlStatement;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;

/**
 * The first program to read: opens CloudSQLite on a directory, creates a table of bank accounts and uses it in every way
 * there is. Each method shows one of them:
 *
 * <ol>
 *   <li>{@link #createAccounts}: statements, with values for their parameters.
 *   <li>{@link #transfer}: several statements as one transaction. A transaction that fails leaves nothing behind.
 *   <li>{@link #shareOut}: plain JDBC in one transaction, for work that has to look at the data before it decides.
 *   <li>{@link #readWithoutAskingTheStore}: a read that is allowed to be a little old and so costs no request at all, with
 *       a bookmark that makes sure that it includes the writes of our own.
 * </ol>
 *
 * <p>To run it, in the root of the project, on a directory that may be left out for a temporary one:
 *
 * <pre>
 * mvn -q -Dquick -pl cloudsqlite-examples -am package
 * java --enable-native-access=ALL-UNNAMED -cp cloudsqlite-examples/target/quick/cloudsqlite-examples.jar \
 *     io.cloudsqlite.examples.EmbedAndQuery [DIRECTORY]
 * </pre>
 */
public final class EmbedAndQuery {

    private EmbedAndQuery() {}

    /**
     * Runs the example.
     *
     * @param args the directory to keep everything in; a temporary one if there is none
     */
    public static void main(String[] args) throws IOException {
        Path directory = args.length > 0 ? Path.of(args[0]) : Files.createTempDirectory("cloudsqlite-example");
        run(directory, System.out);
    }

    static void run(Path directory, PrintStream out) {
        // The store is where databases live. The work directory has copies of them that may be deleted at any time.
        Path store = directory.resolve("store");
        try (CloudSqlite cloud = CloudSqlite.inDirectory(store)
                .workDirectory(directory.resolve("work"))
                .build()) {
            // Nothing is opened yet, and nothing needs to be closed: the first write creates the database.
            DbSession db = cloud.database("bank.db");
            createAccounts(db, out);
            printAccounts(db, out);

            out.println("ann pays bob 30, as one transaction");
            long bookmark = transfer(db, "ann", "bob", 30);
            printAccounts(db, out);

            out.println("ann pays bob 1000, which she does not have");
            try {
                transfer(db, "ann", "bob", 1000);
            } catch (ConstraintViolatedException e) {
                out.println("  refused: " + e.getMessage());
            }
            printAccounts(db, out);

            readWithoutAskingTheStore(db, bookmark, out);

            out.println("all share what they have, with JDBC");
            long share = db.write(connection -> shareOut(connection));
            out.println("  everybody has " + share + " now");
            printAccounts(db, out);
        }
        out.println("the database is in the store: " + store);
    }

    private static void createAccounts(DbSession db, PrintStream out) {
        db.execute("CREATE TABLE IF NOT EXISTS account ("
                + "owner TEXT PRIMARY KEY, balance INTEGER NOT NULL CHECK (balance >= 0))");
        String sql = "INSERT OR REPLACE INTO account (owner, balance) VALUES (?, ?)";
        db.execute(sql, "ann", 100);
        SqlResult inserted = db.execute(sql, "bob", 20);
        out.println("opened two accounts; the last INSERT affected " + inserted.rowsAffected() + " row");
    }

    /** Each row is a list of cells, which are what SQLite holds: Long, Double, String, byte[] or null. */
    private static void printAccounts(DbSession db, PrintStream out) {
        SqlResult accounts = db.execute("SELECT owner, balance FROM account WHERE balance >= ? ORDER BY owner", 0);
        for (List<?> row : accounts.rows()) {
            out.println("  " + row.get(0) + " has " + row.get(1));
        }
    }

    /**
     * All or nothing, and durable in the store once this returns.
     *
     * @return the TXID of the transaction, a bookmark to give to reads that have to see it
     */
    private static long transfer(DbSession db, String from, String to, long amount) {
        Answer<List<SqlResult>> answer = db.transaction(
                List.of(
                        SqlStatement.of("UPDATE account SET balance = balance + ? WHERE owner = ?", amount, to),
                        SqlStatement.of("UPDATE account SET balance = balance - ? WHERE owner = ?", amount, from)),
                RequestOptions.DEFAULT);
        return answer.txid();
    }

    /**
     * By default a read sees everything that was acknowledged before it began, which takes one small request to the store.
     * A reader who can do with what was true a minute ago says so, and the request is saved.
     */
    private static void readWithoutAskingTheStore(DbSession db, long bookmark, PrintStream out) {
        SqlStatement sum = SqlStatement.of("SELECT sum(balance) FROM account");

        Answer<SqlResult> current = db.execute(sum, RequestOptions.DEFAULT);
        out.println("a current read took " + current.cost().storeRequests() + " request to the store");

        RequestOptions recent =
                RequestOptions.DEFAULT.withMaxStaleness(Duration.ofMinutes(1)).withMinTxid(bookmark);
        Answer<SqlResult> stale = db.execute(sum, recent);
        out.println("a read of at most a minute ago took " + stale.cost().storeRequests());
        out.println("  and includes our transaction: " + (stale.txid() >= bookmark));
    }

    /**
     * The connection is in a transaction already, which the session commits when this returns and rolls back when it throws.
     * So between the SELECT and the UPDATE nobody else can write.
     */
    private static long shareOut(Connection connection) throws SQLException {
        long share;
        try (Statement select = connection.createStatement();
                ResultSet average = select.executeQuery("SELECT sum(balance) / count(*) FROM account")) {
            average.next();
            share = average.getLong(1);
        }
        try (PreparedStatement update = connection.prepareStatement("UPDATE account SET balance = ?")) {
            update.setLong(1, share);
            update.executeUpdate();
        }
        return share;
    }
}
