package io.cloudsqlite.sql;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the files of hostile inputs, whose own first lines say how they are written. */
final class HostileLines {

    private static final Pattern ESCAPE = Pattern.compile("\\\\(u([0-9a-fA-F]{4})|[ntr0v\\\\])");
    private static final Pattern REPEAT = Pattern.compile("<<((?:(?!<<).)*?)\\*(\\d+)>>", Pattern.DOTALL);

    private HostileLines() {}

    static List<String> read(String file) {
        try (InputStream in = Objects.requireNonNull(HostileLines.class.getResourceAsStream(file), file)) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return text.lines()
                    .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String unescape(String written) {
        String text = ESCAPE.matcher(written).replaceAll(escape -> Matcher.quoteReplacement(character(escape)));
        return REPEAT.matcher(text)
                .replaceAll(
                        repeat -> Matcher.quoteReplacement(repeat.group(1).repeat(Integer.parseInt(repeat.group(2)))));
    }

    private static String character(MatchResult escape) {
        if (escape.group(2) != null) {
            return Character.toString((char) Integer.parseInt(escape.group(2), 16));
        }
        return switch (escape.group(1)) {
            case "n" -> "\n";
            case "t" -> "\t";
            case "r" -> "\r";
            case "0" -> "\0";
            case "v" -> "\u000b";
            default -> "\\";
        };
    }
}
