package io.cloudsqlite.ltx;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The page index of a file as its bytes, growing with each frame. The writer has to keep it until the frames are written;
 * the reader keeps the one that the frames call for, to compare. A page takes about eight bytes of it, always less than its
 * frame does. Used by one thread.
 */
final class PageIndex {

    private static final int FIRST_CAPACITY_BYTES = 128;

    /** Three varints of at most 64 bits, or the end. */
    private static final int MAX_ENTRY_BYTES = 3 * 10;

    private byte[] bytes = new byte[FIRST_CAPACITY_BYTES];
    private int sizeBytes;

    void add(int page, long frameOffset, int frameBytes) {
        ensureRoomForEntry();
        addVarint(page);
        addVarint(frameOffset);
        addVarint(frameBytes);
    }

    /** Adds what stands behind the last entry; to be called once. */
    void end() {
        ensureRoomForEntry();
        addVarint(0);
        ByteBuffer.wrap(bytes).putLong(sizeBytes, sizeBytes);
        sizeBytes += LtxFormat.INDEX_SIZE_BYTES;
    }

    private void ensureRoomForEntry() {
        if (bytes.length - sizeBytes < MAX_ENTRY_BYTES) {
            // The limit of an array is met after some 100 million pages, for which no disk below 50 GB has room.
            bytes = Arrays.copyOf(bytes, Math.multiplyExact(bytes.length, 2));
        }
    }

    private void addVarint(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            bytes[sizeBytes++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[sizeBytes++] = (byte) rest;
    }

    int sizeBytes() {
        return sizeBytes;
    }

    /** The index, from 0 to {@link #sizeBytes()}; what follows has no meaning. */
    byte[] bytes() {
        return bytes;
    }
}
