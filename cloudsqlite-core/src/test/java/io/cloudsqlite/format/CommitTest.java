package io.cloudsqlite.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cloudsqlite.CommitId;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.copy.DatabaseVersion;
import io.cloudsqlite.store.BlobVersion;
import io.cloudsqlite.time.SystemRandom;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a commit whose answer was lost, as far as the newest version tells. */
class CommitTest {

    private static final CommitId DATABASE = newId();
    private static final DatabaseVersion BASE = version(DATABASE, 100, List.of(newId(), newId()));

    private final CommitId own = newId();
    private final Throwable lost = new IOException("the answer was lost");

    private static CommitId newId() {
        return CommitId.next(SystemRandom.create());
    }

    private static DatabaseVersion version(CommitId database, long txid, List<CommitId> recentCommits) {
        return new DatabaseVersion(
                DatabaseFormat.LOG, Optional.of(database), txid, recentCommits, new BlobVersion(newId().value()));
    }

    private static DatabaseVersion after(DatabaseVersion before, int transactions, CommitId id) {
        return version(
                before.databaseId().orElseThrow(),
                before.txid() + transactions,
                DatabaseVersion.commitsAfter(before.recentCommits(), id));
    }

    private static DatabaseVersion afterOthers(DatabaseVersion before, int commits, int transactionsEach) {
        DatabaseVersion version = before;
        for (int commit = 0; commit < commits; commit++) {
            version = after(version, transactionsEach, newId());
        }
        return version;
    }

    private Commit commit(int transactions) {
        return Commit.onTopOf(Optional.of(BASE), GroupWriter.APP, DATABASE, transactions, own);
    }

    @Test
    void its_transactions_follow_on_the_base() {
        // when
        Commit commit = commit(5);

        // then
        assertThat(commit.firstTxid()).isEqualTo(101);
        assertThat(commit.lastTxid()).isEqualTo(105);
        DatabaseVersion made = commit.version(DatabaseFormat.LOG, new BlobVersion("v"));
        assertThat(made.txid()).isEqualTo(105);
        assertThat(made.recentCommits()).startsWith(own).hasSize(3);
        assertThatThrownBy(() -> commit(0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void it_is_committed_if_the_newest_version_is_its_own() {
        DatabaseVersion newest = after(BASE, 5, own);

        assertThat(commit(5).judge(newest, lost)).isEqualTo(new CommitOutcome.Committed(newest));
    }

    @Test
    void it_is_committed_beneath_others_if_the_newest_version_remembers_it_and_tells_its_last_txid() {
        DatabaseVersion newest = afterOthers(after(BASE, 5, own), 31, 70);

        assertThat(commit(5).judge(newest, lost)).isEqualTo(new CommitOutcome.CommittedBeneathOthers(105));
    }

    @ParameterizedTest
    @CsvSource({
        // Fewer transactions than its own, as many, and more, in as many commits as a version remembers at the most.
        "5, 1, 1",
        "5, 1, 4",
        "5, 1, 5",
        "5, 3, 1",
        "5, 1, 900",
        "1, 1, 900",
        "5, 31, 900",
        "900, 31, 1",
        "1, 32, 1"
    })
    void it_is_a_conflict_if_others_have_committed_upon_its_base_and_that_is_remembered(
            int transactions, int others, int transactionsEach) {
        DatabaseVersion newest = afterOthers(BASE, others, transactionsEach);

        assertThat(commit(transactions).judge(newest, lost)).isInstanceOf(CommitOutcome.Conflict.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 900})
    void it_is_unknown_once_so_much_was_committed_that_it_would_be_forgotten(int transactionsEach) {
        // Whether it is beneath them or not, the newest version does not tell any more.
        for (DatabaseVersion first : List.of(after(BASE, 1, own), after(BASE, 1, newId()))) {
            DatabaseVersion newest = afterOthers(first, 32, transactionsEach);

            assertThat(commit(1).judge(newest, lost)).isInstanceOf(CommitOutcome.Unknown.class);
        }
    }

    @Test
    void it_is_unknown_as_long_as_the_base_is_the_newest_version() {
        // An attempt may still be on its way.
        assertThat(commit(5).judge(BASE, lost)).isInstanceOf(CommitOutcome.Unknown.class);
    }

    @Test
    void it_is_not_there_if_the_base_was_merely_rewritten() {
        DatabaseVersion rewritten = version(DATABASE, BASE.txid(), BASE.recentCommits());

        assertThat(commit(5).judge(rewritten, lost)).isInstanceOf(CommitOutcome.Conflict.class);
        assertThat(commit(5).onTopOfTheSame(rewritten).orElseThrow().lastTxid()).isEqualTo(105);
    }

    @Test
    void it_is_unknown_if_the_database_is_another_or_an_older_one_than_the_base() {
        for (DatabaseVersion newest : List.of(
                version(newId(), 105, List.of(newId())),
                version(DATABASE, 99, List.of(BASE.recentCommits().get(1))))) {
            assertThat(commit(5).judge(newest, lost)).isInstanceOf(CommitOutcome.Unknown.class);
        }
    }
}
