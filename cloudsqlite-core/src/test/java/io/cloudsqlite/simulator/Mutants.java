package io.cloudsqlite.simulator;

import io.cloudsqlite.session.CloudSqlite;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
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
     * @param foundBy the first seed whose history found it; empty if none did
     */
    record Finding(OptionalLong foundBy, String violation) {}

    /** Runs histories with the mutant, until one violates something. */
    static Finding hunt(Mutant mutant, long firstSeed, long lastSeed) throws IOException, ReflectiveOperationException {
        Path classes = rootOf(CloudSqlite.class);
        Path tests = rootOf(Mutants.class);
        Path sources = classes.resolve("../../src/main/java").normalize();
        Path target = Files.createTempDirectory("mutant-");
        try {
            mutant.compile(sources, System.getProperty("java.class.path"), target);
            ClassLoader loader = new Mutant.Loader(Mutants.class.getClassLoader(), List.of(target, classes, tests));
            Method find = Class.forName(Mutants.class.getName(), true, loader)
                    .getDeclaredMethod("find", long.class, long.class);
            find.setAccessible(true);
            Object[] found = (Object[]) find.invoke(null, firstSeed, lastSeed);
            long seed = (Long) found[0];
            return new Finding(seed < 0 ? OptionalLong.empty() : OptionalLong.of(seed), (String) found[1]);
        } finally {
            delete(target);
        }
    }

    /** Runs in the loader of a mutant: the seed that found it, or -1, and what was violated. */
    static Object[] find(long firstSeed, long lastSeed) throws InterruptedException {
        for (long seed = firstSeed; seed <= lastSeed; seed++) {
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

    /** Prints which history found each mutant first; the argument says how many there are at most. */
    public static void main(String[] arguments) throws IOException, ReflectiveOperationException {
        long last = Long.parseLong(arguments[0]);
        for (Mutant mutant : Mutant.all()) {
            Finding finding = hunt(mutant, 1, last);
            System.out.printf(
                    "%-70s %8s  %.120s%n",
                    mutant.name(),
                    finding.foundBy().isPresent() ? finding.foundBy().getAsLong() : "NOT",
                    finding.violation());
        }
    }
}
