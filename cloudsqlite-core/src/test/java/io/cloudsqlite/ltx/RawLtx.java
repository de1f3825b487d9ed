package io.cloudsqlite.ltx;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * Builds files byte by byte from the format's description, valid or not, always with a right checksum of the file. It
 * shares no code with the writer, and its CRC is the textbook's, a bit at a time.
 */
final class RawLtx {

    private final ByteArrayOutputStream file = new ByteArrayOutputStream();
    private final ByteArrayOutputStream checksummed = new ByteArrayOutputStream();
    private final ByteArrayOutputStream index = new ByteArrayOutputStream();

    /** A header with flag 0x2, pages of 512 bytes, and then whatever is put over it. */
    RawLtx(int commitPages, long minTxid, long maxTxid, Consumer<ByteBuffer> changes) {
        ByteBuffer header = ByteBuffer.allocate(100);
        header.put(0, new byte[] {'L', 'T', 'X', '1'});
        header.putInt(4, 2)
                .putInt(8, 512)
                .putInt(12, commitPages)
                .putLong(16, minTxid)
                .putLong(24, maxTxid);
        changes.accept(header);
        both(header.array());
    }

    static RawLtx increment() {
        return new RawLtx(5_000_000, 2, 2, header -> {});
    }

    /** A page as a block that holds it as it is, the simplest that LZ4 allows. */
    RawLtx page(int number, byte[] page) {
        return frame(number, 1, literals(page), page);
    }

    RawLtx frame(int number, int flags, byte[] block, byte[] page) {
        int offset = file.size();
        both(bytes(6, buffer -> buffer.putInt(number).putShort((short) flags)));
        if (flags != 0) {
            both(bytes(4, buffer -> buffer.putInt(block.length)));
        }
        file.writeBytes(block);
        checksummed.writeBytes(page);
        return indexed(number, offset, file.size() - offset);
    }

    RawLtx bytes(byte[] bytes) {
        both(bytes);
        return this;
    }

    RawLtx indexed(long... values) {
        for (long value : values) {
            for (; value > 127; value /= 128) {
                index.write((int) (value % 128 + 128));
            }
            index.write((int) value);
        }
        return this;
    }

    byte[] finish() {
        return finish(0, 0);
    }

    byte[] finish(long databaseChecksum, int addedToIndexSize) {
        both(new byte[6]);
        index.write(0);
        both(index.toByteArray());
        both(bytes(8, buffer -> buffer.putLong(index.size() + addedToIndexSize)));
        both(bytes(8, buffer -> buffer.putLong(databaseChecksum)));
        file.writeBytes(bytes(8, buffer -> buffer.putLong(crc(checksummed.toByteArray()) | 1L << 63)));
        return file.toByteArray();
    }

    static byte[] bytes(int size, Consumer<ByteBuffer> content) {
        ByteBuffer buffer = ByteBuffer.allocate(size);
        content.accept(buffer);
        return buffer.array();
    }

    private void both(byte[] bytes) {
        file.writeBytes(bytes);
        checksummed.writeBytes(bytes);
    }

    /** An LZ4 block without a match. */
    static byte[] literals(byte[] page) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        block.write(0xf0);
        int rest = page.length - 15;
        for (; rest >= 255; rest -= 255) {
            block.write(255);
        }
        block.write(rest);
        block.writeBytes(page);
        return block.toByteArray();
    }

    static long crc(byte[] bytes) {
        long crc = -1;
        for (byte b : bytes) {
            crc ^= b & 0xff;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 1) == 0 ? crc >>> 1 : crc >>> 1 ^ 0xd800000000000000L;
            }
        }
        return ~crc;
    }
}
