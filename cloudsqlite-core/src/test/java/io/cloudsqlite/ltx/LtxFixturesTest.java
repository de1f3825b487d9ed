package io.cloudsqlite.ltx;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.ltx.LtxFiles.Content;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Our codec against the reference's, by files that the one made and the other read. */
final class LtxFixturesTest {

    @ParameterizedTest
    @ValueSource(strings = {"blocks", "blocks-with-checksums", "frames", "frames-with-checksums", "ours"})
    void files_of_every_kind_lead_from_each_version_of_the_database_to_the_next(String kind) throws IOException {
        for (int version = 1; version <= LtxFixtures.VERSIONS; version++) {
            // given
            byte[] file = LtxFixtures.resource(kind + "-" + version + ".ltx");

            // when
            Content content = LtxFiles.read(file);

            // then
            assertThat(applied(content, LtxFixtures.database(version - 1))).isEqualTo(LtxFixtures.database(version));
            assertThat(content.pages().keySet())
                    .isEqualTo(LtxFixtures.change(version).pages().keySet());
        }
    }

    @Test
    void the_references_header_is_read() throws IOException {
        assertThat(LtxFiles.read(LtxFixtures.resource("blocks-with-checksums-2.ltx"))
                        .header())
                .isEqualTo(new LtxHeader(1024, 28, 2, 2, Instant.parse("2026-01-01T00:00:02.002Z")));
    }

    @Test
    void the_writer_still_gives_the_bytes_that_the_reference_verified() {
        for (int version = 1; version <= LtxFixtures.VERSIONS; version++) {
            Content change = LtxFixtures.change(version);

            byte[] file = LtxFiles.write(change.header(), change.pages());

            assertThat(file).isEqualTo(LtxFixtures.resource("ours-" + version + ".ltx"));
        }
        for (Map.Entry<String, Content> edge : LtxFixtures.edges().entrySet()) {
            Content content = edge.getValue();

            byte[] file = LtxFiles.write(content.header(), content.pages());

            assertThat(file).as(edge.getKey()).isEqualTo(LtxFixtures.resource(edge.getKey()));
        }
    }

    private static byte[] applied(Content content, byte[] database) {
        int pageSizeBytes = content.header().pageSizeBytes();
        byte[] result = Arrays.copyOf(database, content.header().commitPages() * pageSizeBytes);
        content.pages()
                .forEach((number, page) ->
                        System.arraycopy(page, 0, result, (number - 1) * pageSizeBytes, pageSizeBytes));
        return result;
    }
}
