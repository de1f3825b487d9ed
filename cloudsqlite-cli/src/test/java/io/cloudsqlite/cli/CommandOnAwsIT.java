package io.cloudsqlite.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.aws.Emulators;
import io.cloudsqlite.cli.Commands.Ended;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The packaged command on a store in S3 with its locks in DynamoDB, and what it says when something of them is missing. */
@ExtendWith(Emulators.Shared.class)
@Timeout(180)
final class CommandOnAwsIT {

    private static final Map<String, String> CREDENTIALS =
            Map.of("AWS_ACCESS_KEY_ID", "emulator", "AWS_SECRET_ACCESS_KEY", "emulator");

    @TempDir
    private Path directory;

    private String bucket;
    private String table;
    private String endpoints;

    @BeforeEach
    void create_bucket_and_table(Emulators emulators) {
        bucket = emulators.newBucket();
        table = emulators.newLockTable();
        endpoints = "?endpoint=" + emulators.s3Endpoint() + "&lock-endpoint=" + emulators.dynamoDbEndpoint();
    }

    private Ended run(Map<String, String> environment, String... arguments) throws Exception {
        List<String> commandLine = new ArrayList<>(CommandProcess.commandLine());
        commandLine.addAll(List.of(arguments));
        if (List.of(arguments).contains("sql")) {
            commandLine.add("--work-dir=" + directory);
        }
        ProcessBuilder builder = new ProcessBuilder(commandLine);
        builder.environment().keySet().removeIf(name -> name.startsWith("AWS_"));
        // What a profile of whoever runs this test says must not matter.
        builder.environment().put("AWS_CONFIG_FILE", "/dev/null");
        builder.environment().put("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
        builder.environment().put("AWS_EC2_METADATA_DISABLED", "true");
        builder.environment().putAll(environment);
        try (CommandProcess process = CommandProcess.start(builder)) {
            return process.await("");
        }
    }

    @Test
    void sql_runs_on_what_the_flags_name() throws Exception {
        String store = "s3://" + bucket + "/prod" + endpoints;

        Ended written = run(
                CREDENTIALS,
                "sql",
                "app.db",
                "CREATE TABLE t AS SELECT 7 AS n",
                "--store",
                store,
                "--lock-table",
                table);
        Ended read = run(CREDENTIALS, "sql", "app.db", "SELECT n FROM t", "--format=csv", "--store", store);

        assertThat(written.err()).isEmpty();
        assertThat(read).isEqualTo(new Ended(0, "n\r\n7\r\n", ""));
    }

    @Test
    void sql_runs_on_what_the_environment_names(Emulators emulators) throws Exception {
        Map<String, String> environment = Map.of(
                "AWS_ACCESS_KEY_ID",
                "emulator",
                "AWS_SECRET_ACCESS_KEY",
                "emulator",
                "AWS_REGION",
                "us-east-1",
                "AWS_ENDPOINT_URL_DYNAMODB",
                emulators.dynamoDbEndpoint().toString(),
                "DYNAMODB_TABLE_NAME",
                table,
                "CLOUDSQLITE_STORE",
                "s3://" + bucket + "?endpoint=" + emulators.s3Endpoint());

        Ended written = run(environment, "sql", "app.db", "CREATE TABLE t AS SELECT 7 AS n");

        assertThat(written.err()).isEmpty();
        assertThat(written.exitCode()).isZero();
        assertThat(emulators
                        .s3()
                        .headObject(request -> request.bucket(bucket).key("app.db"))
                        .contentLength())
                .isPositive();
    }

    @Test
    void a_bucket_that_is_missing_is_told() throws Exception {
        Ended ended =
                run(CREDENTIALS, "sql", "app.db", "SELECT * FROM t", "--store", "s3://missing-bucket" + endpoints);

        assertThat(ended.exitCode()).isEqualTo(4);
        assertThat(ended.err())
                .matches("cloudsqlite: S3 does not know .*the bucket 'missing-bucket'.*NoSuchBucket.*\\R");
    }

    @Test
    void a_table_that_is_missing_is_told() throws Exception {
        Ended ended = run(
                CREDENTIALS,
                "sql",
                "app.db",
                "CREATE TABLE t (n)",
                "--store",
                "s3://" + bucket + endpoints,
                "--lock-table",
                "Missing");

        assertThat(ended.exitCode()).isEqualTo(4);
        assertThat(ended.err()).startsWith("cloudsqlite: There is no DynamoDB table 'Missing' ");
    }

    @Test
    void credentials_that_are_missing_are_told() throws Exception {
        Ended ended = run(Map.of(), "sql", "app.db", "SELECT 1", "--store", "s3://" + bucket + endpoints);

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.err()).matches("cloudsqlite: cannot open s3://\\S+: no AWS credentials were found: set .*\\R");
    }

    @Test
    void a_region_that_is_missing_is_told() throws Exception {
        Ended ended = run(CREDENTIALS, "sql", "app.db", "SELECT 1", "--store", "s3://" + bucket);

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.err())
                .matches("cloudsqlite: cannot open s3://\\S+: no AWS region was found: set AWS_REGION.*\\R");
    }

    @Test
    void a_wrong_variable_is_a_wrong_command_line() throws Exception {
        Ended ended = run(Map.of("S3_BUCKET_NAME", "-"), "sql", "app.db", "SELECT 1");

        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.err()).matches("cloudsqlite: environment variable S3_BUCKET_NAME: [^\\n]+--help'\\)\\R");
    }
}
