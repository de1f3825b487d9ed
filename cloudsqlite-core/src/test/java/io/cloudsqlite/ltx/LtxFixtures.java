package io.cloudsqlite.ltx;

import io.cloudsqlite.ltx.LtxFiles.Content;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The files beside this class's resources; their README says how they were made. What we wrote ourselves is defined here, so
 * that {@link LtxFixturesTest} can write it again.
 */
final class LtxFixtures {

    static final int VERSIONS = 3;

    private static final int PAGE_SIZE_BYTES = 1024;

    private LtxFixtures() {}

    static byte[] resource(String name) {
        try (InputStream in = LtxFixtures.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalArgumentException("there is no fixture " + name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The database after that many transactions. */
    static byte[] database(int version) {
        return version == 0 ? new byte[0] : resource(version + ".db");
    }

    /** The pages of one version that the version before it does not have, under the header that we give it. */
    static Content change(int version) {
        byte[] before = database(version - 1);
        byte[] after = database(version);
        SortedMap<Integer, byte[]> pages = new TreeMap<>();
        for (int at = 0; at < after.length; at += PAGE_SIZE_BYTES) {
            byte[] page = Arrays.copyOfRange(after, at, at + PAGE_SIZE_BYTES);
            if (at >= before.length || !Arrays.equals(page, Arrays.copyOfRange(before, at, at + PAGE_SIZE_BYTES))) {
                pages.put(at / PAGE_SIZE_BYTES + 1, page);
            }
        }
        return new Content(
                new LtxHeader(
                        PAGE_SIZE_BYTES,
                        after.length / PAGE_SIZE_BYTES,
                        version,
                        version,
                        LtxFiles.TIMESTAMP.plusSeconds(version)),
                pages);
    }

    /** What the three versions do not have: nothing at all, the largest pages on both sides of the lock page, noise. */
    static SortedMap<String, Content> edges() {
        SortedMap<String, Content> edges = new TreeMap<>();
        edges.put(
                "ours-without-pages.ltx",
                new Content(new LtxHeader(4096, 1, 2, 2, LtxFiles.TIMESTAMP), Collections.emptySortedMap()));
        edges.put("ours-noise.ltx", LtxFiles.increment(512, 1));
        SortedMap<Integer, byte[]> large = new TreeMap<>();
        large.put(16384, new byte[65536]);
        large.put(16386, stripes());
        edges.put(
                "ours-large-pages.ltx",
                new Content(new LtxHeader(65536, 16386, 7, Long.MAX_VALUE, LtxFiles.TIMESTAMP), large));
        return edges;
    }

    private static byte[] stripes() {
        byte[] page = new byte[65536];
        for (int at = 0; at < page.length; at++) {
            page[at] = (byte) (at / 1000 * (at % 7));
        }
        return page;
    }
}
