package io.cloudsqlite.cli;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.session.CloudSqlite;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "import",
        description = "Make a SQLite file the content of a database. The file is verified first.",
        footer = {"", "Example:", "  cloudsqlite import app.db ./old.sqlite --replace"})
final class ImportCommand implements Callable<Integer> {

    private final Console console;

    @Mixin
    @SuppressWarnings("NullAway.Init")
    private StoreOptions options;

    @Parameters(index = "0", paramLabel = "DB", description = "The database's name.")
    @SuppressWarnings("NullAway.Init")
    private DatabaseName database;

    @Parameters(index = "1", paramLabel = "FILE", description = "The SQLite file, or - for standard input.")
    @SuppressWarnings("NullAway.Init")
    private String file;

    @Option(names = "--replace", description = "Replace the database if it exists, as one transaction.")
    private boolean replace;

    ImportCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        try (InputStream in = open();
                CloudSqlite cloud = options.open()) {
            long txid = cloud.importDatabase(database, in, replace, Long.MAX_VALUE, options.timeout());
            console.out().println("imported " + database + " as transaction " + txid);
        }
        return ExitCode.OK.number();
    }

    private InputStream open() throws IOException {
        if (file.equals("-")) {
            return console.in();
        }
        Path path = Path.of(file);
        if (Files.isDirectory(path)) {
            throw new CommandFailedException("'" + file + "' is a directory");
        }
        try {
            return Files.newInputStream(path);
        } catch (NoSuchFileException e) {
            throw new CommandFailedException("there is no file '" + file + "'", e);
        }
    }
}
