package io.cloudsqlite.copy;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.OptionalInt;
import java.util.zip.CRC32C;

/**
 * The checksum of a database's content, which follows a transaction at the cost of the pages that it changed: the exclusive
 * or, over all pages, of a hash of the page's number and content. Adding a page and taking it away are the same operation,
 * {@link #toggle}, and the order of pages does not matter.
 *
 * <p>A page's hash is its number and its CRC-32C, mixed by a bijection on 64 bits (the finalizer of MurmurHash3). The mixing
 * is what makes two pages that changed places show: CRCs alone are linear, and their exclusive or would stay the same.
 *
 * <p>The page at 1 GiB, which SQLite never writes, does not count; and the two bytes of the header that say whether the file
 * is used with a rollback journal or in WAL mode count as 'rollback journal', see {@link DatabaseHeader}. So one value vouches
 * for the database in the store, on its way, and on this machine's disk.
 */
public record DatabaseChecksum(long value) {

    /** The checksum of a database without pages. */
    public static final DatabaseChecksum OF_NOTHING = new DatabaseChecksum(0);

    /**
     * The checksum that {@link #toString} wrote.
     *
     * @throws IllegalArgumentException if it is not 16 hexadecimal digits
     */
    public static DatabaseChecksum parse(String text) {
        if (text.length() != 2 * Long.BYTES) {
            throw new IllegalArgumentException("a checksum is 16 hexadecimal digits");
        }
        return new DatabaseChecksum(HexFormat.fromHexDigitsToLong(text));
    }

    /** The checksum of the database with this page if it was without, and without it if it was with it. */
    DatabaseChecksum toggle(int page, byte[] bytes, int offset, int pageSizeBytes) {
        if (page == PageMap.lockPage(pageSizeBytes)) {
            return this;
        }
        CRC32C crc = new CRC32C();
        if (page == 1) {
            byte[] header = Arrays.copyOfRange(bytes, offset, offset + DatabaseHeader.SIZE_BYTES);
            DatabaseHeader.makeStored(header);
            crc.update(header);
            crc.update(bytes, offset + header.length, pageSizeBytes - header.length);
        } else {
            crc.update(bytes, offset, pageSizeBytes);
        }
        return new DatabaseChecksum(value ^ mix(((long) page << Integer.SIZE) | crc.getValue()));
    }

    DatabaseChecksum toggle(int page, byte[] bytes) {
        return toggle(page, bytes, 0, bytes.length);
    }

    /** The checksum of the database with the pages of {@code others} too, of which it has none. */
    public DatabaseChecksum with(DatabaseChecksum others) {
        return new DatabaseChecksum(value ^ others.value);
    }

    private static long mix(long hash) {
        long mixed = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
        mixed = (mixed ^ (mixed >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return mixed ^ (mixed >>> 33);
    }

    /** The checksum of the database that {@code in} gives, which is read to its end. */
    static DatabaseChecksum of(InputStream in) throws IOException {
        Sum sum = new Sum();
        byte[] buffer = new byte[DatabaseImage.CHUNK_BYTES];
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            sum.update(buffer, 0, read);
        }
        return sum.value();
    }

    /**
     * What {@code in} gives, except that reading the last of its {@code sizeBytes} bytes fails unless all of them have the
     * checksum {@code expected}: so who has received the whole has received a sound one.
     */
    public static InputStream verifying(InputStream in, long sizeBytes, DatabaseChecksum expected) {
        Sum sum = new Sum();
        return new FilterInputStream(in) {

            private long received;

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                int read = super.read(bytes, offset, length);
                if (read > 0) {
                    sum.update(bytes, offset, read);
                    received += read;
                }
                if (read < 0
                        ? received < sizeBytes
                        : received == sizeBytes && !sum.value().equals(expected)) {
                    throw new IOException("the database is damaged: it does not have its length and checksum");
                }
                return read;
            }

            @Override
            public boolean markSupported() {
                return false;
            }
        };
    }

    /** 16 hexadecimal digits. */
    @Override
    public String toString() {
        return HexFormat.of().toHexDigits(value);
    }

    /** The checksum of a file whose bytes come in order, in pieces of any size. Used by one thread. */
    static final class Sum {

        private byte[] page = new byte[DatabaseHeader.SIZE_BYTES];
        private int filled;
        private boolean headerSeen;
        private int pages;
        private DatabaseChecksum checksum = OF_NOTHING;

        void update(byte[] bytes, int offset, int length) throws IOException {
            int at = offset;
            int end = offset + length;
            while (at < end) {
                int count = Math.min(end - at, page.length - filled);
                System.arraycopy(bytes, at, page, filled, count);
                at += count;
                filled += count;
                if (filled == page.length) {
                    complete();
                }
            }
        }

        private void complete() throws IOException {
            if (!headerSeen) {
                OptionalInt pageSize = DatabaseHeader.pageSizeBytes(page);
                if (pageSize.isEmpty()) {
                    throw new IOException("these are not the bytes of a SQLite database");
                }
                headerSeen = true;
                page = Arrays.copyOf(page, pageSize.getAsInt());
                return;
            }
            checksum = checksum.toggle(++pages, page);
            filled = 0;
        }

        /** The checksum of what came. */
        DatabaseChecksum value() throws IOException {
            if (!headerSeen || filled > 0) {
                throw new IOException("a database is a number of whole pages");
            }
            return checksum;
        }
    }
}
