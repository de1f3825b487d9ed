package io.cloudsqlite.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Has TLC go through everything that can happen in the model of the protocol, {@code src/test/tla/CloudSqlite.tla}, in
 * configurations that are small enough for the build, and through what happens if a rule is broken. See {@code docs/tla.md}.
 */
final class ProtocolModelIT {

    @TempDir
    Path folder;

    /** What the protocol as implemented must come through unharmed, and how many states there are at least. */
    record World(ProtocolModel model, long minStates) {}

    private static final World COMMITS =
            new World(ProtocolModel.of("log").processes(3).with("Small=2,Large=1,Lost=2,Reruns=1,Crashes=1"), 30_000);
    private static final World MAINTENANCE =
            new World(ProtocolModel.of("log").processes(3).with("Large=1,Checkpoint=1,Merge=1,Collect=1"), 50_000);
    private static final World COLLECTORS_WHO_KEEP_NO_HISTORY =
            new World(ProtocolModel.of("log").with("Large=1,Checkpoint=1,Merge=1,Collect=2,Retained=0"), 50_000);
    private static final World LOST_ANSWERS_TO_MAINTENANCE =
            new World(ProtocolModel.of("log").with("Checkpoint=1,Merge=1,Collect=1,Lost=1"), 5_000);
    private static final World CONVERSIONS =
            new World(ProtocolModel.of("log").with("ToFile=1,ToLog=1,Large=1,Collect=1,Lost=1"), 5_000);
    private static final World CREATIONS =
            new World(ProtocolModel.of("absent").processes(3).with("Small=1,Large=1,Collect=1,Reruns=1,Lost=1"), 5_000);
    private static final World DELETIONS =
            new World(ProtocolModel.of("absent").with("Small=1,Large=1,Collect=1,Delete=2,Reruns=1"), 10_000);
    private static final World LOST_ANSWERS_TO_CREATIONS_AND_DELETIONS =
            new World(ProtocolModel.of("absent").with("Small=1,Large=1,Delete=1,Lost=2,Reruns=1"), 40_000);
    private static final World CREATIONS_IN_BOTH_FORMATS = new World(
            ProtocolModel.of("absent").processes(3).with("ToFile=1,Large=1,Delete=1,Reruns=1,Lost=1"), 15_000);

    static List<World> worlds() {
        return List.of(
                COMMITS,
                MAINTENANCE,
                COLLECTORS_WHO_KEEP_NO_HISTORY,
                LOST_ANSWERS_TO_MAINTENANCE,
                CONVERSIONS,
                CREATIONS,
                DELETIONS,
                LOST_ANSWERS_TO_CREATIONS_AND_DELETIONS,
                CREATIONS_IN_BOTH_FORMATS);
    }

    @ParameterizedTest
    @MethodSource("worlds")
    void protocol_keeps_its_promises_whatever_happens_in_whatever_order(World world) throws Exception {
        ProtocolModel.Result result = check(world.model);

        assertThat(result.violated()).as(result.output()).isEmpty();
        assertThat(result.distinctStates()).isGreaterThan(world.minStates);
    }

    private static final ProtocolModel LARGE_AND_COLLECTION =
            ProtocolModel.of("log").with("Large=2,Collect=1");
    private static final ProtocolModel MAINTENANCE_AND_COLLECTION =
            ProtocolModel.of("log").with("Checkpoint=1,Merge=1,Collect=1,Retained=0");
    private static final ProtocolModel DOUBT = ProtocolModel.of("log").with("Small=2,Lost=1,Reruns=1");
    private static final ProtocolModel DOUBT_AND_SHORT_MEMORY = DOUBT.with("MaxRecent=1");
    private static final ProtocolModel CREATION_AND_DELETION =
            ProtocolModel.of("absent").with("Small=1,Large=1,Delete=1");
    private static final ProtocolModel CREATION_AND_DELETION_IN_DOUBT = CREATION_AND_DELETION.with("Lost=1");
    private static final ProtocolModel CONVERSION_AND_CRASH =
            ProtocolModel.of("log").with("ToFile=1,ToLog=1,Small=1,Crashes=1");

    static List<Arguments> broken() {
        return List.of(
                arguments("reusable slots", LARGE_AND_COLLECTION, "NamedObjectsExist"),
                arguments("collects without a swap", LARGE_AND_COLLECTION, "NamedObjectsExist"),
                arguments("lists after the swap", LARGE_AND_COLLECTION, "NamedObjectsExist"),
                arguments("reuses objects after a collection", MAINTENANCE_AND_COLLECTION, "NamedObjectsExist"),
                arguments("deletes in any order", MAINTENANCE_AND_COLLECTION, "NamedObjectsExist"),
                arguments("runs again in doubt", DOUBT.without("RefusedWritesAreNotThere"), "NothingIsThereTwice"),
                arguments("looks at the newest id only", DOUBT, "RefusedWritesAreNotThere"),
                arguments("forgets that ids are forgotten", DOUBT_AND_SHORT_MEMORY, "RefusedWritesAreNotThere"),
                arguments("lists after the deletion", CREATION_AND_DELETION, "NamedObjectsExist"),
                arguments("creates without a reservation", CREATION_AND_DELETION, "NamedObjectsExist"),
                arguments("sends a creation again", CREATION_AND_DELETION_IN_DOUBT, "DeletedDatabasesStayDeleted"),
                arguments("sends a reservation again", CREATION_AND_DELETION_IN_DOUBT, "VersionsNeverComeBack"),
                arguments(
                        "sends a reservation again",
                        CREATION_AND_DELETION_IN_DOUBT.without("VersionsNeverComeBack"),
                        "NamedObjectsExist"));
    }

    @ParameterizedTest
    @MethodSource("broken")
    void protocol_that_breaks_a_rule_is_refuted(String defect, ProtocolModel model, String invariant) throws Exception {
        ProtocolModel.Result result = check(model.with("Defect", defect));

        assertThat(result.violated()).as(result.output()).contains(invariant);
    }

    /** What refutes a broken protocol is its defect; and no step of the module is dead text. */
    @Test
    void same_worlds_are_safe_if_no_rule_is_broken_and_every_step_happens_in_them() throws Exception {
        Map<String, Long> steps = new HashMap<>();
        for (ProtocolModel model : List.of(
                LARGE_AND_COLLECTION,
                MAINTENANCE_AND_COLLECTION,
                DOUBT,
                DOUBT_AND_SHORT_MEMORY,
                CREATION_AND_DELETION,
                CREATION_AND_DELETION_IN_DOUBT,
                CONVERSION_AND_CRASH)) {
            ProtocolModel.Result result = check(model.countingSteps());
            assertThat(result.violated()).as(result.output()).isEmpty();
            result.steps().forEach((step, count) -> steps.merge(step, count, Long::sum));
        }
        assertThat(steps)
                .hasSizeGreaterThan(20)
                .allSatisfy((step, count) ->
                        assertThat(count).as("how often %s happens", step).isPositive());
    }

    /** By hand, for as long as it takes: {@code docs/tla.md} has the line. */
    @Test
    @EnabledIfSystemProperty(named = "tla", matches = ".+")
    void protocol_keeps_its_promises_in_a_world_of_your_own() throws Exception {
        // given
        ProtocolModel model = ProtocolModel.of(System.getProperty("tla.start", "log"))
                .processes(Integer.getInteger("tla.processes", 3))
                .with(System.getProperty("tla"));

        // when
        ProtocolModel.Result result = model.checkLarge(folder);

        // then
        assertThat(result.violated()).isEmpty();
    }

    private ProtocolModel.Result check(ProtocolModel model) throws IOException, InterruptedException {
        ProtocolModel.Result result = model.check(Files.createTempDirectory(folder, "tlc"));
        System.out.printf(
                "%s: %,d states%s%n",
                model,
                result.distinctStates(),
                result.violated().map(" until not "::concat).orElse(""));
        return result;
    }
}
