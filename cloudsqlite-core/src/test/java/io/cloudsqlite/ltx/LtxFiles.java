package io.cloudsqlite.ltx;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** Whole files and whole contents, for tests that need neither streams nor pages one by one. */
final class LtxFiles {

    static final Instant TIMESTAMP = Instant.parse("2026-01-01T00:00:00.123Z");

    /** What a file says: its header and its pages by number. */
    record Content(LtxHeader header, SortedMap<Integer, byte[]> pages) {

        boolean isSameAs(Content other) {
            return header.equals(other.header)
                    && pages.keySet().equals(other.pages.keySet())
                    && pages.entrySet().stream()
                            .allMatch(page -> Arrays.equals(page.getValue(), other.pages.get(page.getKey())));
        }
    }

    private LtxFiles() {}

    static byte[] write(LtxHeader header, SortedMap<Integer, byte[]> pages) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            LtxWriter writer = new LtxWriter(out, header);
            for (var page : pages.entrySet()) {
                writer.write(page.getKey(), page.getValue());
            }
            writer.finish();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    static Content read(byte[] file) throws IOException {
        return read(new ByteArrayInputStream(file));
    }

    static Content read(InputStream in) throws IOException {
        LtxReader reader = new LtxReader(in);
        SortedMap<Integer, byte[]> pages = new TreeMap<>();
        while (reader.next()) {
            pages.put(reader.pageNumber(), reader.page().clone());
        }
        return new Content(reader.header(), pages);
    }

    /** An increment with a few pages: noise, text, zeros. */
    static Content increment(int pageSizeBytes, long seed) {
        SortedMap<Integer, byte[]> pages = new TreeMap<>();
        pages.put(1, text(pageSizeBytes, seed));
        pages.put(2, noise(pageSizeBytes, seed));
        pages.put(7, new byte[pageSizeBytes]);
        pages.put(900, text(pageSizeBytes, seed + 1));
        return new Content(new LtxHeader(pageSizeBytes, 901, 12, 15, TIMESTAMP), pages);
    }

    static byte[] noise(int bytes, long seed) {
        byte[] page = new byte[bytes];
        new SplittableRandom(seed).nextBytes(page);
        return page;
    }

    /** Bytes of which some repeat, as in a page of rows. */
    static byte[] text(int bytes, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        byte[] page = new byte[bytes];
        for (int at = 0; at < bytes; ) {
            int length = Math.min(bytes - at, random.nextInt(1, 40));
            if (at > 0 && random.nextBoolean()) {
                int from = random.nextInt(at);
                for (int i = 0; i < length; i++) {
                    page[at + i] = page[from + i];
                }
            } else {
                for (int i = 0; i < length; i++) {
                    page[at + i] = (byte) random.nextInt('a', 'z');
                }
            }
            at += length;
        }
        return page;
    }
}
