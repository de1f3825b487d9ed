package io.cloudsqlite.http;

/** What a stranger wrote, fit for a message and a log line: shortened, and without characters that could forge either. */
final class Quoted {

    private static final int MAX_CHARACTERS = 60;

    private Quoted() {}

    static String of(String text) {
        String shown = text.length() <= MAX_CHARACTERS ? text : text.substring(0, MAX_CHARACTERS) + "...";
        return '\'' + shown.replaceAll("[^\\x20-\\x7e]", "?") + '\'';
    }
}
