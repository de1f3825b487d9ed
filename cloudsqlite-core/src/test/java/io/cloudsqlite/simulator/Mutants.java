package io.cloudsqlite.simulator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** Plants one defect after the other, and counts how many histories it takes until each is found. */
final class Mutants {

    private Mutants() {}

    /**
     * What became of a mutant.
     *
     * @param foundAfter how many histories it took; empty if none found it
     */
    record Finding(Mutant mutant, OptionalLong foundAfter, String violation) {}

    static List<Finding> hunt(List<Mutant> mutants, long maxHistories)
            throws IOException, ReflectiveOperationException {
        Path classes = rootOf(io.cloudsqlite.session.CloudSqlite.class);
        Path tests = rootOf(Mutants.class);
        Path sources = classes.resolve("../../src/main/java").normalize();
        List<Finding> findings = new ArrayList<>();
        for (Mutant mutant : mutants) {
            Path target = Files.createTempDirectory("mutant-");
            mutant.compile(sources, System.getProperty("java.class.path"), target);
            ClassLoader loader = new Mutant.Loader(Mutants.class.getClassLoader(), List.of(target, classes, tests));
            Class<?> hunt = Class.forName(Mutants.class.getName(), true, loader);
            var find = hunt.getDeclaredMethod("find", long.class);
            find.setAccessible(true);
            Object[] found = (Object[]) find.invoke(null, maxHistories);
            long after = (Long) found[0];
            findings.add(
                    new Finding(mutant, after < 0 ? OptionalLong.empty() : OptionalLong.of(after), (String) found[1]));
            delete(target);
        }
        return findings;
    }

    /** Runs in the loader of a mutant: how many histories it took, or -1, and what was violated. */
    static Object[] find(long maxHistories) throws InterruptedException {
        for (long seed = 1; seed <= maxHistories; seed++) {
            List<Campaign.Failure> failures = Campaign.run(seed, seed, 1, 1);
            if (!failures.isEmpty()) {
                return new Object[] {seed, failures.get(0).violations().get(0)};
            }
        }
        return new Object[] {-1L, ""};
    }

    private static Path rootOf(Class<?> type) {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().getPath());
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
                Files.delete(file);
            }
        }
    }

    /** Prints the table; the argument says how many histories there are at most for each. */
    public static void main(String[] arguments) throws IOException, ReflectiveOperationException {
        for (Mutant mutant : Mutant.all()) {
            Finding finding =
                    hunt(List.of(mutant), Long.parseLong(arguments[0])).get(0);
            System.out.printf(
                    "%-70s %8s  %.120s%n",
                    mutant.name(),
                    finding.foundAfter().isPresent() ? finding.foundAfter().getAsLong() : "NOT",
                    finding.violation());
        }
    }
}
