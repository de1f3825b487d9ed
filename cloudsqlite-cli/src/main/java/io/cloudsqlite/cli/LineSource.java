package io.cloudsqlite.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Where a shell gets what it runs. */
@FunctionalInterface
interface LineSource {

    /** The next whole input, of one line or several: statements or a dot-command. Empty at the end. */
    Optional<String> next() throws IOException;

    /** Standard input that is not a terminal: lines are gathered until they end with a whole statement. */
    static LineSource of(InputStream in) {
        BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        return () -> {
            StringBuilder input = new StringBuilder();
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                input.append(line).append('\n');
                if (Shell.isWhole(input.toString())) {
                    return Optional.of(input.toString());
                }
            }
            return input.isEmpty() ? Optional.empty() : Optional.of(input.toString());
        };
    }
}
