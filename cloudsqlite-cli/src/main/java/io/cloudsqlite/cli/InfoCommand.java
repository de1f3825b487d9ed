package io.cloudsqlite.cli;

import io.cloudsqlite.cli.output.OutputFormat;
import io.cloudsqlite.format.DatabaseDetails;
import io.cloudsqlite.format.DatabaseInfo;
import io.cloudsqlite.lock.LockInfo;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.sql.SqlResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "info", description = "Show what is known of a database, and who holds its lock.")
final class InfoCommand extends DatabaseCommand {

    @Mixin
    @SuppressWarnings("NullAway.Init")
    private OutputOptions output;

    InfoCommand(Console console) {
        super(console);
    }

    @Override
    public Integer call() {
        Map<String, @Nullable Object> properties;
        try (CloudSqlite cloud = open()) {
            properties = properties(cloud.describe(database()), cloud.findLock(database()));
        }
        SqlResult result = output.format() == OutputFormat.TABLE ? asRows(properties) : asOneRow(properties);
        output.printer(console()).print(result);
        return ExitCode.OK.number();
    }

    private static Map<String, @Nullable Object> properties(DatabaseDetails details, Optional<LockInfo> lock) {
        DatabaseInfo info = details.info();
        Map<String, @Nullable Object> properties = new LinkedHashMap<>();
        properties.put("name", info.name().value());
        properties.put("format", info.format().label());
        properties.put("txid", info.txid());
        properties.put("version", info.version().value());
        properties.put("size_bytes", info.sizeBytes());
        properties.put("page_size_bytes", (long) details.pageSizeBytes());
        properties.put("page_count", details.pageCount());
        properties.put("log_length", details.logLength());
        properties.put("log_bytes", details.logBytes());
        properties.put("last_modified", info.lastModified().toString());
        properties.put("locked_by", lock.map(LockInfo::holder).orElse(null));
        properties.put(
                "locked_until", lock.map(held -> held.expiresAt().toString()).orElse(null));
        return properties;
    }

    private static SqlResult asOneRow(Map<String, @Nullable Object> properties) {
        List<@Nullable Object> row = new ArrayList<>(properties.values());
        return new SqlResult(List.copyOf(properties.keySet()), List.of(row), 0, OptionalLong.empty());
    }

    private static SqlResult asRows(Map<String, @Nullable Object> properties) {
        List<List<Object>> rows = new ArrayList<>();
        properties.forEach((name, value) -> {
            if (value != null) {
                rows.add(List.of(name, value));
            }
        });
        return new SqlResult(List.of("property", "value"), rows, 0, OptionalLong.empty());
    }
}
