package io.cloudsqlite.cli.bench;

import io.cloudsqlite.session.DbSession;
import io.cloudsqlite.session.RequestOptions;
import io.cloudsqlite.sql.SqlResult;
import io.cloudsqlite.sql.SqlStatement;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;

/** Clients of CloudSQLite, each with its own sequence of rows. */
final class SessionClients {

    /** One operation in so many of a mix writes. */
    private static final int MIX_CYCLE = 10;

    private final DbSession session;
    private final int rows;
    private final Ledger ledger;

    /**
     * @param session may be shared with other clients
     * @param rows how many the table has had from the beginning
     */
    SessionClients(DbSession session, int rows, Ledger ledger) {
        this.session = session;
        this.rows = rows;
        this.ledger = ledger;
    }

    /** Reads one row at a time by its key. */
    Client reader(RequestOptions options, int number) {
        SplittableRandom random = new SplittableRandom(number);
        return () -> read(options, random);
    }

    /** Updates one row at a time. */
    Client writer(int number) {
        SplittableRandom random = new SplittableRandom(number);
        return () -> write(random);
    }

    /** Inserts many rows at a time, in one transaction. */
    Client inserter() {
        SqlStatement insert = SqlStatement.of(Items.INSERT, "new item");
        List<SqlStatement> statements = Collections.nCopies(Items.ROWS_OF_TRANSACTION, insert);
        return () -> ledger.write(Items.ROWS_OF_TRANSACTION, () -> session.transaction(statements));
    }

    /** Reads nine times, and writes once. */
    Client mixer(int number) {
        SplittableRandom random = new SplittableRandom(number);
        return new Client() {

            // Clients do not all write at the same time.
            private int operation = number;

            @Override
            public void run() throws Exception {
                if (operation++ % MIX_CYCLE == 0) {
                    write(random);
                } else {
                    read(RequestOptions.DEFAULT, random);
                }
            }
        };
    }

    private void read(RequestOptions options, SplittableRandom random) {
        SqlStatement statement = SqlStatement.of(Items.READ, id(random));
        SqlResult row = session.execute(statement, options).value();
        if (row.rows().size() != 1) {
            throw new IllegalStateException("a row was not found");
        }
    }

    private void write(SplittableRandom random) throws Exception {
        ledger.write(1, () -> session.execute(Items.WRITE, id(random)));
    }

    private int id(SplittableRandom random) {
        return 1 + random.nextInt(rows);
    }
}
