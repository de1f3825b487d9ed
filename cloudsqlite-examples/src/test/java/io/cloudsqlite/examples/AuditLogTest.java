package io.cloudsqlite.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.store.InMemoryBlobStore;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditLogTest {

    private static final int ENTRIES = 60;

    @TempDir
    Path directory;

    @Test
    void every_acknowledged_entry_is_in_the_log_once_in_the_order_of_contiguous_txids() throws Exception {
        // when
        AuditLog.Outcome outcome = AuditLog.run(directory);

        // then
        List<AuditLog.Receipt> inOrder = outcome.receipts().stream()
                .sorted(Comparator.comparingLong(AuditLog.Receipt::txid))
                .toList();
        List<Long> txids = LongStream.rangeClosed(2, 1 + ENTRIES).boxed().toList();
        assertThat(inOrder).extracting(AuditLog.Receipt::txid).containsExactlyElementsOf(txids);
        assertThat(inOrder).extracting(AuditLog.Receipt::id).containsExactlyElementsOf(outcome.ids());
        assertThat(outcome.isComplete()).isTrue();
        assertThat(outcome.isContiguous()).isTrue();
    }

    @Test
    void table_has_a_line_for_each_writer_and_the_verdict() throws Exception {
        // given
        AuditLog.Outcome outcome = AuditLog.run(directory);
        ByteArrayOutputStream printed = new ByteArrayOutputStream();

        // when
        AuditLog.print(outcome, new PrintStream(printed, true, StandardCharsets.UTF_8));

        // then
        List<String> lines = printed.toString(StandardCharsets.UTF_8).lines().toList();
        assertThat(lines).hasSize(9);
        assertThat(lines.get(0)).matches("writer +acknowledged +found +first TXID +last TXID");
        assertThat(lines.subList(1, 7))
                .allSatisfy(line -> assertThat(line).matches("process [12], thread [123] +10 +10 +[0-9]+ +[0-9]+"));
        assertThat(lines.subList(7, 9))
                .containsExactly("every acknowledged entry is there exactly once: true", "TXIDs without a gap: true");
    }

    @Test
    void entry_that_is_lost_doubled_or_out_of_line_is_noticed() {
        // given
        AuditLog.Receipt first = new AuditLog.Receipt("a", UUID.randomUUID(), 2);
        AuditLog.Receipt second = new AuditLog.Receipt("a", UUID.randomUUID(), 4);
        List<AuditLog.Receipt> receipts = List.of(first, second);

        // when
        AuditLog.Outcome lost = new AuditLog.Outcome(1, receipts, List.of(first.id()));
        AuditLog.Outcome doubled = new AuditLog.Outcome(1, receipts, List.of(first.id(), second.id(), first.id()));

        // then
        assertThat(lost.isComplete()).isFalse();
        assertThat(doubled.isComplete()).isFalse();
        assertThat(lost.isContiguous()).isFalse();
    }

    @Test
    void entry_that_is_appended_again_is_in_the_log_once() {
        try (CloudSqlite cloud = CloudSqlite.builder(new InMemoryBlobStore(), new InMemoryLockManager())
                .workDirectory(directory)
                .build()) {
            // given
            AuditLog log = new AuditLog(cloud.database("audit.db"));
            log.create();
            UUID id = UUID.randomUUID();
            log.append(id, "ann", "signed in");

            // when
            log.append(id, "ann", "signed in");

            // then
            assertThat(log.ids()).containsExactly(id);
        }
    }
}
