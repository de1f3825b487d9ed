package io.cloudsqlite.copy;

import io.cloudsqlite.CommitId;
import io.cloudsqlite.DatabaseFormat;
import io.cloudsqlite.store.BlobVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * The small file beside a working copy that says what the copy is. It is deleted before the copy's main file is first
 * written and written again when the file is complete: a directory without a valid state file is worth nothing.
 *
 * <p>Eight lines of text: {@code cloudsqlite working copy 2}, the file's name, page size, page count and checksum (see
 * {@link DatabaseChecksum}), the storage format, the database id or nothing, TXID and the store's version, the recent commit
 * ids divided by blanks, and the CRC-32C of the lines before. A power failure may leave any bytes in it; the last line tells.
 *
 * @param fileName the main file's name
 * @param content the main file's content
 * @param version what the main file holds
 */
record StateFile(String fileName, Content content, DatabaseVersion version) {

    static final String NAME = "state";
    private static final String FIRST_LINE = "cloudsqlite working copy 2";
    private static final int LINES = 8;

    /** What {@code directory} says of itself; empty if it says nothing, or nothing that can be relied on. */
    static Optional<StateFile> read(Path directory) throws IOException {
        String text;
        try {
            text = new String(Files.readAllBytes(directory.resolve(NAME)), StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        int lastLine = text.lastIndexOf('\n', text.length() - 2) + 1;
        List<String> lines = text.lines().toList();
        if (lines.size() != LINES
                || !lines.get(0).equals(FIRST_LINE)
                || !text.substring(lastLine).equals(crcOf(text.substring(0, lastLine)) + "\n")) {
            return Optional.empty();
        }
        return Optional.of(parse(lines));
    }

    private static StateFile parse(List<String> lines) {
        String[] content = lines.get(2).split(" ", 3);
        String[] txidAndBlob = lines.get(5).split(" ", 2);
        DatabaseVersion version = new DatabaseVersion(
                DatabaseFormat.of(lines.get(3)).orElseThrow(IllegalArgumentException::new),
                lines.get(4).isEmpty() ? Optional.empty() : Optional.of(new CommitId(lines.get(4))),
                Long.parseLong(txidAndBlob[0]),
                lines.get(6).isEmpty()
                        ? List.of()
                        : Stream.of(lines.get(6).split(" ")).map(CommitId::new).toList(),
                new BlobVersion(txidAndBlob[1]));
        return new StateFile(
                lines.get(1),
                new Content(
                        Integer.parseInt(content[0]), Integer.parseInt(content[1]), DatabaseChecksum.parse(content[2])),
                version);
    }

    /** Whether the main file in {@code directory} is what this says. */
    boolean isTrueOf(Path directory) {
        Path file = directory.resolve(fileName);
        try (InputStream in = Files.newInputStream(file)) {
            return Files.size(file) == content.sizeBytes()
                    && DatabaseChecksum.of(in).equals(content.checksum());
        } catch (IOException e) {
            return false;
        }
    }

    /** Replaces what {@code directory} says of itself, in one step. */
    void write(Path directory) throws IOException {
        String lines = String.join(
                "\n",
                FIRST_LINE,
                fileName,
                content.pageSizeBytes() + " " + content.pageCount() + " " + content.checksum(),
                version.format().label(),
                version.databaseId().map(CommitId::value).orElse(""),
                version.txid() + " " + version.blob().value(),
                String.join(
                        " ",
                        version.recentCommits().stream().map(CommitId::value).toList()),
                "");
        Path temporary = directory.resolve(NAME + ".new");
        Files.write(temporary, (lines + crcOf(lines) + "\n").getBytes(StandardCharsets.UTF_8));
        Files.move(
                temporary,
                directory.resolve(NAME),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    static void delete(Path directory) throws IOException {
        Files.deleteIfExists(directory.resolve(NAME));
    }

    private static String crcOf(String text) {
        CRC32C crc = new CRC32C();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }
}
