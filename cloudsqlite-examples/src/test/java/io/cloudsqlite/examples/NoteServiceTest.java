package io.cloudsqlite.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudsqlite.lock.InMemoryLockManager;
import io.cloudsqlite.lock.LockManager;
import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.store.BlobStore;
import io.cloudsqlite.store.InMemoryBlobStore;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The unit test of a service that uses a database: copy its first thirty lines into your own.
 *
 * <p>The store and the locks are new for every test and live on the heap. SQLite itself works on a file, so CloudSQLite is
 * given a temporary directory, which JUnit deletes.
 */
class NoteServiceTest {

    @TempDir
    Path workDirectory;

    private final BlobStore store = new InMemoryBlobStore();
    private final LockManager locks = new InMemoryLockManager();
    private CloudSqlite cloud;
    private NoteService notes;

    @BeforeEach
    void open() {
        cloud = CloudSqlite.builder(store, locks).workDirectory(workDirectory).build();
        notes = new NoteService(cloud.database("notes.db"));
        notes.createTables();
    }

    @AfterEach
    void close() {
        cloud.close();
    }

    @Test
    void note_that_was_added_is_found() {
        // when
        boolean added = notes.add("shopping", "tea, bread");

        // then
        assertThat(added).isTrue();
        assertThat(notes.find("shopping")).contains(new NoteService.Note("shopping", "tea, bread"));
        assertThat(notes.find("work")).isEmpty();
    }

    @Test
    void second_note_of_the_same_title_is_refused_and_the_first_stays() {
        // given
        notes.add("shopping", "tea, bread");

        // when
        boolean added = notes.add("shopping", "coffee");

        // then
        assertThat(added).isFalse();
        assertThat(notes.find("shopping")).contains(new NoteService.Note("shopping", "tea, bread"));
    }

    @Test
    void titles_are_found_by_a_word_of_the_text() {
        // given
        notes.add("work", "drink tea");
        notes.add("shopping", "tea, bread");
        notes.add("holiday", "swim");

        // when / then
        assertThat(notes.titlesAbout("tea")).containsExactly("shopping", "work");
        assertThat(notes.titlesAbout("coffee")).isEmpty();
    }

    @Test
    void notes_are_there_after_a_restart() {
        // given
        notes.add("shopping", "tea, bread");
        cloud.close();

        // when: another process opens the same store
        open();

        // then
        assertThat(notes.find("shopping")).isPresent();
    }
}
