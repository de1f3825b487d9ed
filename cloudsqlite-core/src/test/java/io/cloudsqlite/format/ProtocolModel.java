package io.cloudsqlite.format;

import io.cloudsqlite.store.ForkedJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A configuration of {@code src/test/tla/CloudSqlite.tla}: who may do what how often. TLC goes through all that can happen then.
 *
 * <pre>{@code
 * ProtocolModel.of("log").with("Large=1,Collect=1").check(folder).violated()
 * }</pre>
 *
 * <p>Immutable.
 */
final class ProtocolModel {

    private static final Path MODULE = Path.of("src", "test", "tla", "CloudSqlite.tla");

    /** In this order they are checked: each relies on those before it. */
    private static final List<String> INVARIANTS = List.of(
            "TxidsAreContiguous",
            "NamedObjectsExist",
            "EverythingRestores",
            "AcknowledgedWritesAreThere",
            "NothingIsThereTwice",
            "RefusedWritesAreNotThere",
            "HistoryRestores",
            "DeletedDatabasesStayDeleted",
            "VersionsNeverComeBack");

    private static final List<String> COUNTS = List.of(
            "Small",
            "Large",
            "Checkpoint",
            "Merge",
            "Collect",
            "ToFile",
            "ToLog",
            "Delete",
            "Reruns",
            "Lost",
            "Crashes");

    private static final Pattern STATES =
            Pattern.compile("(\\d+) states generated, (\\d+) distinct states found, (\\d+) states left on queue\\.");
    private static final Pattern VIOLATED = Pattern.compile("Error: Invariant (\\w+) is violated.*");
    private static final Pattern STEP = Pattern.compile("<(\\w+) line .* of module CloudSqlite.*>: (\\d+):(\\d+)");

    private static final Pattern NUMBER = Pattern.compile("(\\w+)=(\\d+)");

    private static final int OK = 0;
    private static final int SAFETY_VIOLATED = 12;

    private final Map<String, String> constants;
    private final List<String> invariants;
    private final boolean countsSteps;

    private ProtocolModel(Map<String, String> constants, List<String> invariants, boolean countsSteps) {
        this.constants = constants;
        this.invariants = invariants;
        this.countsSteps = countsSteps;
    }

    /** Two processes that do nothing to a database that is {@code "absent"}, or in format {@code "log"} or {@code "file"}. */
    static ProtocolModel of(String start) {
        Map<String, String> constants = new TreeMap<>();
        COUNTS.forEach(count -> constants.put(count, "0"));
        constants.put("MaxRecent", "2");
        constants.put("Retained", "1");
        return new ProtocolModel(constants, INVARIANTS, false)
                .processes(2)
                .with("Start", start)
                .with("Defect", "none");
    }

    ProtocolModel with(String constant, String value) {
        return withRaw(constant, '"' + value + '"');
    }

    /** With other numbers, such as {@code Large=1,Collect=2}. */
    ProtocolModel with(String numbers) {
        ProtocolModel model = this;
        Matcher number = NUMBER.matcher(numbers);
        while (number.find()) {
            model = model.withRaw(number.group(1), number.group(2));
        }
        return model;
    }

    ProtocolModel processes(int number) {
        List<String> names = new ArrayList<>();
        for (int process = 1; process <= number; process++) {
            names.add("p" + process);
        }
        return withRaw("Processes", names.stream().collect(Collectors.joining(", ", "{", "}")));
    }

    private ProtocolModel withRaw(String constant, String value) {
        Map<String, String> changed = new TreeMap<>(constants);
        changed.put(constant, value);
        return new ProtocolModel(changed, invariants, countsSteps);
    }

    ProtocolModel without(String invariant) {
        List<String> others =
                invariants.stream().filter(other -> !other.equals(invariant)).toList();
        return new ProtocolModel(constants, others, countsSteps);
    }

    /** Takes longer. */
    ProtocolModel countingSteps() {
        return new ProtocolModel(constants, invariants, true);
    }

    /**
     * What TLC found.
     *
     * @param violated the first invariant that does not hold; empty if all hold in all states that there are
     * @param distinctStates how many states there are, or up to the violation
     * @param steps the actions of the module, and how often each was taken, if they were counted
     * @param output what TLC printed; after a violation, what led to it
     */
    record Result(Optional<String> violated, long distinctStates, Map<String, Long> steps, String output) {}

    /** Has TLC go through all states, in a process of its own. Needs an empty folder. */
    Result check(Path folder) throws IOException, InterruptedException {
        List<String> options = countsSteps ? List.of("-workers", "1", "-coverage", "1") : List.of("-workers", "1");
        return check(folder, options, List.of("-Xmx512m"));
    }

    /** The same on all processors and with as much memory as there is; takes as long as it takes, and says how far it is. */
    Result checkLarge(Path folder) throws IOException, InterruptedException {
        return check(
                folder, List.of("-workers", "auto"), List.of("-XX:TieredStopAtLevel=4", "-XX:MaxRAMPercentage=60"));
    }

    private Result check(Path folder, List<String> options, List<String> jvmOptions)
            throws IOException, InterruptedException {
        Path module = Files.copy(MODULE, folder.resolve("CloudSqlite.tla"));
        Files.writeString(folder.resolve("CloudSqlite.cfg"), configuration());
        List<Object> arguments = new ArrayList<>(options);
        arguments.addAll(List.of("-nowarning", "-metadir", folder.resolve("states"), module));
        List<String> lines = new ArrayList<>();
        boolean isQuiet = options.contains("1");
        try (ForkedJvm tlc = ForkedJvm.start(jvmOptions, tlc2.TLC.class, arguments.toArray())) {
            tlc.forEachLine(line -> {
                lines.add(line);
                if (!isQuiet) {
                    System.out.println(line);
                }
            });
            return parse(lines, tlc.exitCode());
        }
    }

    private String configuration() {
        StringBuilder text =
                new StringBuilder("SPECIFICATION Spec\nSYMMETRY Symmetry\nCHECK_DEADLOCK FALSE\nINVARIANTS\n");
        invariants.forEach(invariant -> text.append("  ").append(invariant).append('\n'));
        text.append("CONSTANTS\n");
        constants.forEach((name, value) ->
                text.append("  ").append(name).append(" = ").append(value).append('\n'));
        return text.toString();
    }

    private static Result parse(List<String> lines, int exitCode) {
        String output = String.join("\n", lines);
        Optional<String> violated = Optional.empty();
        long distinctStates = 0;
        boolean isComplete = false;
        Map<String, Long> steps = new TreeMap<>();
        for (String line : lines) {
            Matcher invariant = VIOLATED.matcher(line);
            if (invariant.matches()) {
                violated = Optional.of(invariant.group(1));
            }
            Matcher states = STATES.matcher(line);
            if (states.matches()) {
                distinctStates = Long.parseLong(states.group(2));
                isComplete = states.group(3).equals("0");
            }
            Matcher step = STEP.matcher(line);
            if (step.matches()) {
                steps.put(step.group(1), Long.parseLong(step.group(3)));
            }
        }
        boolean isWhole = exitCode == OK
                && violated.isEmpty()
                && isComplete
                && output.contains("Model checking completed. No error has been found.");
        boolean isRefuted = exitCode == SAFETY_VIOLATED && violated.isPresent();
        if (!isWhole && !isRefuted) {
            throw new AssertionError("TLC did not come to a result, exit code " + exitCode + ":\n" + output);
        }
        return new Result(violated, distinctStates, steps, output);
    }

    @Override
    public String toString() {
        return constants.entrySet().stream()
                .filter(constant -> !constant.getValue().equals("0"))
                .map(constant -> constant.getKey() + "=" + constant.getValue())
                .collect(Collectors.joining(" "));
    }
}
