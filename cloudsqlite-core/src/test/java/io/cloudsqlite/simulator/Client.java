package io.cloudsqlite.simulator;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.CommitUnknownException;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.DatabaseNotFoundException;
import io.cloudsqlite.StorageUnavailableException;
import io.cloudsqlite.session.Answer;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.session.DbSession;
import io.cloudsqlite.session.PointInTime;
import io.cloudsqlite.session.RequestOptions;
import io.cloudsqlite.simulator.Event.Kind;
import io.cloudsqlite.simulator.Event.Outcome;
import io.cloudsqlite.sql.SqlResult;
import io.cloudsqlite.sql.SqlStatement;
import java.io.ByteArrayInputStream;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.sqlite.SQLiteConnection;

/** What one thread of a process does, one operation after the other, and what it is told. */
final class Client {

    static final DatabaseName DATABASE = DatabaseName.of("app.db");

    static final Duration TIMEOUT = Duration.ofSeconds(25);

    /** How much longer than its timeout an operation may take: for what is on its way when the time is up. */
    private static final Duration TOLERANCE = Duration.ofSeconds(5);

    /** More than any history takes in which trying again helps. */
    private static final int MAX_TRIES = 1_000;

    private static final String CREATE =
            "CREATE TABLE IF NOT EXISTS op (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, filler TEXT)";
    private static final String INSERT = "INSERT INTO op (name, filler) VALUES (?, hex(randomblob(?)))";

    private static final String SELECT = "SELECT name FROM op ORDER BY id";

    private final World world;
    private final Settings settings;
    private final int number;
    private final CloudSqlite cloud;
    private final SplittableRandom random;
    private final List<Event> events;
    private final Caller caller;

    Client(
            World world,
            Settings settings,
            Caller caller,
            int number,
            CloudSqlite cloud,
            SplittableRandom random,
            List<Event> events) {
        this.world = world;
        this.settings = settings;
        this.caller = caller;
        this.number = number;
        this.cloud = cloud;
        this.random = random;
        this.events = events;
    }

    /** Does one operation that chance decides. */
    void operate(int operation) {
        String name = number + "." + operation;
        int drawn = random.nextInt(100);
        switch (settings.workload()) {
            case WRITE_AND_MAINTAIN -> {
                if (drawn < 55) {
                    write(name);
                } else if (drawn < 90) {
                    maintain();
                } else {
                    read(RequestOptions.DEFAULT);
                }
            }
            case WRITE_AND_READ -> writeOrRead(name, drawn);
            case WRITE -> write(name);
            case RETRIED_WRITE -> writeUntilTold(name, events.size());
            case DELETE_AND_CREATE -> {
                if (drawn < 45) {
                    write(name);
                } else if (drawn < 62) {
                    read(RequestOptions.DEFAULT);
                } else if (drawn < 72) {
                    read(RequestOptions.DEFAULT.withMaxStaleness(Duration.ofMillis(random.nextInt(1, 5_000))));
                } else if (drawn < 84) {
                    delete();
                } else if (drawn < 92) {
                    create(name);
                } else {
                    maintain();
                }
            }
            case WRITER_AND_MAINTAINER -> {
                if (number == 1) {
                    write(name);
                } else {
                    maintain();
                }
            }
            case MIXED -> {
                if (drawn < 70) {
                    writeOrRead(name, random.nextInt(100));
                } else if (drawn < 94) {
                    maintain();
                } else {
                    convert(random.nextBoolean() ? DatabaseFormat.FILE : DatabaseFormat.LOG);
                }
            }
        }
    }

    private void writeOrRead(String name, int drawn) {
        if (drawn < 40) {
            write(name);
        } else if (drawn < 50) {
            writeWithJdbc(name);
        } else if (drawn < 58) {
            readWithJdbc();
        } else if (drawn < 65) {
            read(RequestOptions.DEFAULT);
        } else if (drawn < 80) {
            read(RequestOptions.DEFAULT.withMaxStaleness(
                    Duration.ofMillis(random.nextInt(1, random.nextBoolean() ? 200 : 20_000))));
        } else if (drawn < 90) {
            read(RequestOptions.DEFAULT.withMaxStaleness(Duration.ofDays(1)).withMinTxid(newestToldOf()));
        } else {
            readPast(1 + random.nextLong(newestToldOf() + 1));
        }
    }

    /** The newest transaction that any client was told of. */
    private long newestToldOf() {
        return events.stream()
                .filter(event -> event.outcome() == Outcome.COMMITTED && event.kind() != Kind.READ_PAST)
                .mapToLong(event -> event.txid().orElse(0))
                .max()
                .orElse(0);
    }

    private DbSession session() {
        return cloud.database(DATABASE);
    }

    void write(String name) {
        int filler = random.nextInt(10) == 0 ? 3_000 : 10;
        List<SqlStatement> statements = new ArrayList<>();
        statements.add(SqlStatement.of(CREATE));
        statements.add(SqlStatement.of(INSERT, name, filler));
        boolean looks = settings.workload() == Settings.Workload.DELETE_AND_CREATE;
        if (looks) {
            statements.add(SqlStatement.of(SELECT));
        }
        run(Kind.WRITE, name, RequestOptions.DEFAULT, () -> {
            Answer<List<SqlResult>> answer = session().transaction(statements, RequestOptions.DEFAULT);
            List<String> rows = looks ? names(answer.value().get(2)) : List.of();
            return new Told(OptionalLong.of(answer.txid()), rows);
        });
    }

    /** Creates the database by an import, unless there is one. */
    private void create(String name) {
        byte[] file = databaseOf(name);
        run(Kind.WRITE, name, RequestOptions.DEFAULT, () -> {
            long txid = cloud.importDatabase(DATABASE, new ByteArrayInputStream(file), false, file.length, TIMEOUT);
            return new Told(OptionalLong.of(txid), List.of(name));
        });
    }

    private byte[] databaseOf(String name) {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite::memory:");
                PreparedStatement create = connection.prepareStatement(CREATE)) {
            create.execute();
            insert(connection, name, random.nextInt(3) == 0 ? 3_000 : 10);
            return connection.unwrap(SQLiteConnection.class).serialize("main");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static int insert(Connection connection, String name, int filler) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            insert.setString(1, name);
            insert.setInt(2, filler);
            return insert.executeUpdate();
        }
    }

    private void delete() {
        run(Kind.DELETE, "", RequestOptions.DEFAULT, () -> {
            cloud.delete(DATABASE);
            return new Told(OptionalLong.empty(), List.of());
        });
    }

    /** Does again what the process that was there before died of. */
    void repeat(int index) {
        writeUntilTold(events.get(index).name(), index);
    }

    /** Whatever this client is told but success, it sends the same again, with the same key. */
    private void writeUntilTold(String name, int index) {
        RequestOptions options = RequestOptions.DEFAULT.withIdempotencyKey(name);
        int filler = name.hashCode() % 10 == 0 ? 3_000 : 10;
        List<SqlStatement> statements = List.of(SqlStatement.of(CREATE), SqlStatement.of(INSERT, name, filler));
        run(index, Kind.WRITE, name, options, () -> {
            for (int attempt = 1; attempt <= MAX_TRIES; attempt++) {
                try {
                    return told(session().transaction(statements, options));
                } catch (CloudSqliteException e) {
                    world.note("client " + number + " repeats " + name + ": "
                            + e.getClass().getSimpleName());
                    world.sleep(Duration.ofMillis(random.nextInt(settings.pauseMillis())));
                }
            }
            throw new IllegalStateException("client " + number + " is never told that " + name + " was committed");
        });
    }

    private void writeWithJdbc(String name) {
        run(
                Kind.WRITE,
                name,
                RequestOptions.DEFAULT,
                () -> told(session()
                        .write(
                                connection -> {
                                    try (PreparedStatement create = connection.prepareStatement(CREATE);
                                            PreparedStatement nothing = connection.prepareStatement("SELECT 1")) {
                                        create.execute();
                                        nothing.executeQuery().close();
                                    }
                                    pauseWithin();
                                    return insert(connection, name, 10);
                                },
                                RequestOptions.DEFAULT)));
    }

    void read(RequestOptions options) {
        run(Kind.READ, "", options, () -> names(options));
    }

    /** Reads by code that takes its time; a version that changes meanwhile violates a promise to whoever reads it. */
    private void readWithJdbc() {
        run(Kind.READ, "", RequestOptions.DEFAULT, () -> {
            try {
                Answer<List<String>> answer = session().read(this::namesTwice, RequestOptions.DEFAULT);
                return new Told(OptionalLong.of(answer.txid()), answer.value());
            } catch (DatabaseNotFoundException e) {
                return new Told(OptionalLong.of(0), List.of());
            }
        });
    }

    private List<String> namesTwice(Connection connection) throws SQLException {
        List<String> once = names(connection);
        List<String> again = names(connection);
        if (!once.equals(again)) {
            throw new IllegalStateException("what a reader reads has changed from " + once + " to " + again);
        }
        return once;
    }

    private List<String> names(Connection connection) throws SQLException {
        List<String> names = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(SELECT);
                ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                names.add(rows.getString(1));
                if (names.size() == 1) {
                    pauseWithin();
                }
            }
        }
        return names;
    }

    /** Lets other threads run in the middle of a transaction, now and then for longer than they are patient. */
    private void pauseWithin() {
        world.sleep(Duration.ofMillis(random.nextInt(random.nextInt(5) == 0 ? 1_500 : 100)));
    }

    private void readPast(long txid) {
        run(
                Kind.READ_PAST,
                "",
                RequestOptions.DEFAULT,
                () -> names(RequestOptions.DEFAULT.withAsOf(PointInTime.afterTransaction(txid))));
    }

    private Told names(RequestOptions options) {
        Answer<SqlResult> answer;
        try {
            answer = session().execute(SqlStatement.of(SELECT), options);
        } catch (DatabaseNotFoundException e) {
            return new Told(OptionalLong.of(0), List.of());
        }
        return new Told(OptionalLong.of(answer.txid()), names(answer.value()));
    }

    private static List<String> names(SqlResult result) {
        return result.rows().stream().map(row -> String.valueOf(row.get(0))).toList();
    }

    private void maintain() {
        run(Kind.MAINTAIN, "", RequestOptions.DEFAULT, () -> {
            cloud.maintain(DATABASE, TIMEOUT);
            return new Told(OptionalLong.empty(), List.of());
        });
    }

    private void convert(DatabaseFormat format) {
        run(Kind.CONVERT, "", RequestOptions.DEFAULT, () -> {
            if (cloud.describe(DATABASE).info().format() == format) {
                throw new DatabaseNotFoundException(DATABASE);
            }
            long txid = cloud.convert(DATABASE, format, TIMEOUT);
            return new Told(OptionalLong.of(txid), List.of());
        });
    }

    private static Told told(Answer<?> answer) {
        return new Told(OptionalLong.of(answer.txid()), List.of());
    }

    /** What an answer says. */
    private record Told(OptionalLong txid, List<String> rows) {}

    private void run(Kind kind, String name, RequestOptions options, Supplier<Told> work) {
        run(events.size(), kind, name, options, work);
    }

    /** @param index of the event that this goes on with, or of the next one */
    private void run(int index, Kind kind, String name, RequestOptions options, Supplier<Told> work) {
        boolean isNew = index == events.size();
        long began = isNew ? world.nowNanos() : events.get(index).beganNanos();
        if (isNew) {
            events.add(event(
                    kind,
                    name,
                    options,
                    began,
                    TIMEOUT,
                    Long.MAX_VALUE,
                    Outcome.UNKNOWN,
                    new Told(OptionalLong.empty(), List.of()),
                    "died"));
        }
        world.note("client " + number + " begins " + kind + ' ' + name);
        Told told = new Told(OptionalLong.empty(), List.of());
        Outcome outcome;
        String detail = "";
        Duration stoodStillBefore = caller.stoodStill();
        try {
            told = work.get();
            outcome = Outcome.COMMITTED;
        } catch (CommitUnknownException e) {
            outcome = Outcome.UNKNOWN;
            detail = e.toString();
        } catch (CloudSqliteException e) {
            // What is put either happens or is said to be unknown; what is deleted may be gone whenever the store does
            // not answer.
            boolean mayHaveHappened = kind == Kind.DELETE && e instanceof StorageUnavailableException;
            outcome = mayHaveHappened ? Outcome.UNKNOWN : Outcome.NOT_COMMITTED;
            detail = e.toString();
        }
        // Messages are left out: one may name the thread that holds a lock.
        world.note("client " + number + " ends " + kind + ' ' + name + ' ' + outcome + ' ' + told.txid() + ' '
                + detail.split(":", 2)[0]);
        Duration patience = TIMEOUT.plus(TOLERANCE).plus(caller.stoodStill()).minus(stoodStillBefore);
        events.set(index, event(kind, name, options, began, patience, world.nowNanos(), outcome, told, detail));
    }

    private Event event(
            Kind kind,
            String name,
            RequestOptions options,
            long began,
            Duration patience,
            long ended,
            Outcome outcome,
            Told told,
            String detail) {
        boolean isBookmarked = options.minTxid() > 0;
        // Who repeats what fails is told once nothing fails any more.
        long patientFrom = options.idempotencyKey().isPresent() ? Simulation.CALM_NANOS : 0;
        return new Event(
                number,
                kind,
                name,
                began,
                ended,
                Math.max(began, patientFrom) + patience.toNanos(),
                outcome,
                told.txid(),
                told.rows(),
                // A clock that runs a little slow makes a copy a little staler than it seems.
                (long) (options.maxStaleness().toNanos() * (isBookmarked ? 2 : 1.01)),
                options.minTxid(),
                detail);
    }
}
