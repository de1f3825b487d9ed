package io.cloudsqlite.cli;

import io.cloudsqlite.DatabaseExistsException;
import io.cloudsqlite.session.CloudSqlite;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "import",
        description = "Make a SQLite file the content of a database. The file is verified first.",
        footer = {"", "Example:", "  cloudsqlite import app.db ./old.sqlite --replace"})
final class ImportCommand extends DatabaseCommand {

    @Parameters(index = "1", paramLabel = "FILE", description = "The SQLite file, or - for standard input.")
    @SuppressWarnings("NullAway.Init")
    private String file;

    @Option(names = "--replace", description = "Replace the database if it exists, as one transaction.")
    private boolean replace;

    @Mixin
    @SuppressWarnings("NullAway.Init")
    private CreationOptions creation;

    ImportCommand(Console console) {
        super(console);
    }

    @Override
    public Integer call() throws IOException {
        try (InputStream in = openFile();
                CloudSqlite cloud = open(creation::applyTo)) {
            long txid = cloud.importDatabase(database(), in, replace, Long.MAX_VALUE, timeout());
            console().out().println("imported " + database() + " as transaction " + txid);
        } catch (DatabaseExistsException e) {
            throw new CommandFailedException(
                    "the database '" + database() + "' exists already: choose another name, or use --replace", e);
        }
        return ExitCode.OK.number();
    }

    private InputStream openFile() throws IOException {
        if (file.equals("-")) {
            return console().in();
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
