package io.cloudsqlite.cli;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import io.cloudsqlite.session.CloudSqlite;
import io.cloudsqlite.session.Export;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "export",
        description = "Write a database to a SQLite file: its newest version, or an earlier one.",
        footer = {
            "",
            "Examples:",
            "  cloudsqlite export app.db ./backup.sqlite",
            "  cloudsqlite export app.db ./before.sqlite --time 2026-11-03T14:30:00Z"
        })
final class ExportCommand extends DatabaseCommand {

    @Parameters(index = "1", paramLabel = "FILE", description = "The file to write, or - for standard output.")
    @SuppressWarnings("NullAway.Init")
    private String file;

    @Option(names = "--force", description = "Replace the file if it exists.")
    private boolean force;

    @ArgGroup
    private @Nullable PointInTimeOptions when;

    ExportCommand(Console console) {
        super(console);
    }

    @Override
    public Integer call() throws IOException {
        if (file.equals("-")) {
            exportToStandardOutput();
        } else {
            exportTo(Path.of(file).toAbsolutePath());
        }
        return ExitCode.OK.number();
    }

    private Export export(CloudSqlite cloud) {
        return when == null ? cloud.export(database()) : cloud.export(database(), when.pointInTime());
    }

    private void exportToStandardOutput() throws IOException {
        try (CloudSqlite cloud = open();
                Export export = export(cloud)) {
            export.body().transferTo(console().outBytes());
            console().outBytes().flush();
        }
    }

    private void exportTo(Path target) throws IOException {
        Path directory = directoryOf(target);
        if (Files.isDirectory(target)) {
            throw new CommandFailedException("'" + file + "' is a directory");
        }
        if (Files.exists(target) && !force) {
            throw new CommandFailedException("'" + file + "' exists already: choose another name, or use --force");
        }
        try (CloudSqlite cloud = open();
                Export export = export(cloud)) {
            write(export.body(), directory, target);
            console()
                    .out()
                    .println("exported " + database() + " at transaction "
                            + export.version().txid() + ", " + export.sizeBytes() + " bytes");
        }
    }

    private Path directoryOf(Path target) {
        Path directory = target.getParent();
        if (directory == null || !Files.isDirectory(directory)) {
            throw new CommandFailedException("there is no directory for the file '" + file + "'");
        }
        return directory;
    }

    /** Under another name first, so that a failed export leaves no half file and costs no old one. */
    private void write(InputStream body, Path directory, Path target) throws IOException {
        Path temporary = directory.resolve(
                "." + target.getFileName() + "." + ProcessHandle.current().pid() + ".tmp");
        try {
            try (FileChannel channel = FileChannel.open(temporary, CREATE, TRUNCATE_EXISTING, WRITE);
                    OutputStream out = Channels.newOutputStream(channel)) {
                body.transferTo(out);
                channel.force(true);
            }
            if (force) {
                Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            } else {
                Files.move(temporary, target);
            }
        } finally {
            Files.deleteIfExists(temporary);
        }
    }
}
