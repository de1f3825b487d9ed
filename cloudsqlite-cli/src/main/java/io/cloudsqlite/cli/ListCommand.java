package io.cloudsqlite.cli;

import io.cloudsqlite.format.DatabaseInfo;
import io.cloudsqlite.format.DatabasePage;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.sql.SqlResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "list", description = "List the databases of the store.")
final class ListCommand extends StoreCommand {

    private static final int PAGE_SIZE = 1_000;

    private static final List<String> COLUMNS = List.of("name", "size_bytes", "txid", "last_modified");

    @Mixin
    @SuppressWarnings("NullAway.Init")
    private OutputOptions output;

    ListCommand(Console console) {
        super(console);
    }

    @Override
    public Integer call() {
        List<List<Object>> rows = new ArrayList<>();
        try (CloudSqlite cloud = open()) {
            DatabasePage page = cloud.list(Optional.empty(), PAGE_SIZE);
            page.databases().forEach(database -> rows.add(row(database)));
            while (page.nextAfter().isPresent()) {
                page = cloud.list(page.nextAfter(), PAGE_SIZE);
                page.databases().forEach(database -> rows.add(row(database)));
            }
        }
        output.printer(console()).print(new SqlResult(COLUMNS, rows, 0, OptionalLong.empty()));
        return ExitCode.OK.number();
    }

    private static List<Object> row(DatabaseInfo database) {
        return List.of(
                database.name().value(),
                database.sizeBytes(),
                database.txid(),
                database.lastModified().toString());
    }
}
