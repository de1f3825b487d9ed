package io.cloudsqlite.cli.bench;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * All that one run of the command has to tell.
 *
 * @param at when it ended
 * @param assumptions what the figures rest on, each a sentence
 * @param report of the workloads, if they were run
 * @param soak what the soak showed, if there was one
 */
public record Results(Instant at, List<String> assumptions, Optional<BenchReport> report, Optional<SoakReport> soak) {

    public Results {
        assumptions = List.copyOf(assumptions);
    }

    /** What was to be reached, and whether it was. */
    public List<Target> targets() {
        List<Target> targets = new ArrayList<>();
        report.map(Targets::of).ifPresent(targets::addAll);
        soak.map(SoakReport::target).ifPresent(targets::add);
        return targets;
    }
}
