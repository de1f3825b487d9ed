package io.cloudsqlite.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.store.BlobInfo;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.BlobStoreContractTest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.core.sync.RequestBody;

@ExtendWith(Emulators.Shared.class)
final class S3BlobStoreIT extends BlobStoreContractTest {

    private static Emulators emulators;

    private String bucket;

    @BeforeAll
    static void start(Emulators shared) {
        emulators = shared;
    }

    @Override
    protected BlobStore createStore() {
        bucket = emulators.newBucket();
        return new S3BlobStore(emulators.s3(), bucket, "some/prefix");
    }

    @Override
    protected int rounds() {
        return 5;
    }

    @Test
    void stores_see_what_is_below_their_prefix_only() {
        S3BlobStore whole = new S3BlobStore(emulators.s3(), bucket);
        BlobStore other = new S3BlobStore(emulators.s3(), bucket, "some/prefix2/");
        put("a", "in some/prefix");

        assertThat(other.list("", Optional.empty(), 10, soon()).blobs()).isEmpty();
        assertThat(other.head("a", soon())).isEmpty();
        assertThat(whole.head("some/prefix/a", soon())).isPresent();
    }

    @Test
    void objects_with_keys_that_are_not_ours_are_passed_over() {
        for (String key : List.of("some/prefix/", "some/prefix/a folder/b", "some/prefix/.hidden", "some/prefix/z")) {
            emulators.s3().putObject(request -> request.bucket(bucket).key(key), RequestBody.empty());
        }

        assertThat(store().list("", Optional.empty(), 10, soon()).blobs())
                .extracting(BlobInfo::key)
                .containsExactly("z");
    }

    @Test
    void prefix_is_the_begin_of_keys() {
        for (String prefix : List.of("/", "a//b", "../", "a b")) {
            assertThatThrownBy(() -> new S3BlobStore(emulators.s3(), bucket, prefix))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void link_downloads_the_object_without_credentials() throws Exception {
        put("a", "hello");

        URI link = new S3BlobStore(emulators.s3(), bucket, "some/prefix").downloadLink("a", Duration.ofMinutes(1));

        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(link).build(), HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("hello");
    }
}
