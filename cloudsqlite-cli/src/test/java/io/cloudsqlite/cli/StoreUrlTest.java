package io.cloudsqlite.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StoreUrlTest {

    @Test
    void file_is_a_directory() {
        assertThat(StoreUrl.parse("file:./data")).isEqualTo(new StoreUrl.Directory(Path.of("./data")));
        assertThat(StoreUrl.parse("file:/var/data")).isEqualTo(new StoreUrl.Directory(Path.of("/var/data")));
        assertThat(StoreUrl.parse("file:///var/data")).isEqualTo(new StoreUrl.Directory(Path.of("/var/data")));
    }

    @Test
    void a_tilde_is_the_home_directory() {
        assertThat(StoreUrl.parse("file:~/data"))
                .isEqualTo(new StoreUrl.Directory(Path.of(System.getProperty("user.home"), "data")));
    }

    @Test
    void memory_is_memory() {
        assertThat(StoreUrl.parse("memory:")).isEqualTo(new StoreUrl.Memory());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "file:", "data", "s3:bucket", "memory:x", "FILE:x", "http://host"})
    void anything_else_is_refused_with_what_is_supported(String url) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StoreUrl.parse(url))
                .withMessageStartingWith(
                        "'" + url + "' is not a store that is supported; supported are file:DIR, memory:, s3://BUCKET");
    }

    @Test
    void s3_is_a_bucket() {
        assertThat(StoreUrl.parse("s3://databases")).isEqualTo(bucket("databases", ""));
        assertThat(StoreUrl.parse("s3://databases/")).isEqualTo(bucket("databases", ""));
        assertThat(StoreUrl.parse("s3://My_old.bucket/prod/eu/")).isEqualTo(bucket("My_old.bucket", "prod/eu"));
        assertThat(StoreUrl.parse("s3://databases?")).isEqualTo(bucket("databases", ""));
    }

    private static S3Url bucket(String name, String prefix) {
        return new S3Url(name, prefix, Optional.empty(), Optional.empty(), Optional.empty());
    }

    @Test
    void s3_takes_a_region_and_servers_other_than_aws() {
        S3Url expected = new S3Url(
                "databases",
                "prod",
                Optional.of("eu-central-1"),
                Optional.of(URI.create("http://127.0.0.1:9000")),
                Optional.of(URI.create("https://dynamodb.example:8000/")));

        assertThat(StoreUrl.parse("s3://databases/prod?region=eu-central-1&endpoint=http://127.0.0.1:9000"
                        + "&lock-endpoint=https%3A%2F%2Fdynamodb.example:8000/"))
                .isEqualTo(expected);
        assertThat(expected).hasToString("s3://databases/prod");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "s3://|'' is not the name of a bucket",
                "s3:///prefix|'' is not the name of a bucket",
                "s3://-b|'-b' is not the name of a bucket",
                "s3://user@bucket|'user@bucket' is not the name of a bucket",
                "s3://bucket/../x|the prefix '../x' is not valid",
                "s3://bucket/a//b|the prefix 'a//b' is not valid",
                "s3://bucket#x|it is not of the form s3://BUCKET[/PREFIX][?PARAMETERS]",
                "s3://bucket?regoin=x|'regoin=x' is not one of region=REGION, endpoint=URL and lock-endpoint=URL",
                "s3://bucket?region=|'' is not a region",
                "s3://bucket?region=a&region=b|region is there twice",
                "s3://bucket?region=%zz|'%zz' is not well encoded",
                "s3://bucket?endpoint=localhost:9000|endpoint is not a URL such as http://127.0.0.1:9000",
                "s3://bucket?lock-endpoint=http:|lock-endpoint is not a URL such as http://127.0.0.1:9000"
            })
    void what_is_wrong_with_a_bucket_is_told(String url, String why) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StoreUrl.parse(url))
                .withMessage("'" + url + "' is not a store in S3: " + why);
    }

    @Test
    void the_environment_names_a_store_then_a_bucket_then_there_is_the_directory() {
        Map<String, String> both = Map.of("CLOUDSQLITE_STORE", "memory:", "S3_BUCKET_NAME", "databases");
        Map<String, String> bucket = Map.of("CLOUDSQLITE_STORE", "", "S3_BUCKET_NAME", "databases");

        assertThat(StoreUrl.ofEnvironment(both)).isEqualTo(new StoreUrl.Memory());
        assertThat(StoreUrl.ofEnvironment(bucket)).isEqualTo(bucket("databases", ""));
        assertThat(StoreUrl.ofEnvironment(Map.of())).isEqualTo(new StoreUrl.Directory(Path.of("./cloudsqlite-data")));
    }

    @Test
    void a_variable_that_names_no_store_is_named() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StoreUrl.ofEnvironment(Map.of("CLOUDSQLITE_STORE", "data")))
                .withMessageStartingWith("environment variable CLOUDSQLITE_STORE: 'data' is not a store");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StoreUrl.ofEnvironment(Map.of("S3_BUCKET_NAME", "-")))
                .withMessageStartingWith("environment variable S3_BUCKET_NAME: 's3://-' is not a store in S3");
    }
}
