package io.cloudsqlite.copy;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/**
 * The checksum of a database's content: CRC-32C over the file, with the ten header bytes taken as zero in which a working
 * copy and the stored database differ (see {@link DatabaseHeader}). Corruption of those ten is harmless: the versions are
 * set anew when the file is installed, and SQLite ignores the counters unless they agree.
 *
 * <p>So one value, made once per transaction, vouches for the object in the store, the download and the file on disk. Used
 * by one thread.
 */
public final class ImageChecksum {

    private final CRC32C crc = new CRC32C();
    private final byte[] header = new byte[DatabaseHeader.SIZE_BYTES];
    private int headerBytes;

    /** Adds the next bytes of the file, in order. */
    void update(byte[] bytes, int offset, int length) {
        int ofHeader = Math.min(length, header.length - headerBytes);
        if (ofHeader > 0) {
            System.arraycopy(bytes, offset, header, headerBytes, ofHeader);
            headerBytes += ofHeader;
            if (headerBytes == header.length) {
                DatabaseHeader.mask(header);
                crc.update(header);
            }
        }
        crc.update(bytes, offset + ofHeader, length - ofHeader);
    }

    /** The checksum of a file that ends here, as eight hexadecimal digits. */
    String value() {
        if (headerBytes < header.length) {
            throw new IllegalStateException("a database is at least " + header.length + " bytes");
        }
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }

    /**
     * What {@code in} gives, except that reading the last of its {@code sizeBytes} bytes fails unless all of them have the
     * checksum {@code expected}: so who has received the whole has received a sound one.
     */
    public static InputStream verifying(InputStream in, long sizeBytes, String expected) {
        ImageChecksum checksum = new ImageChecksum();
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
                    checksum.update(bytes, offset, read);
                    received += read;
                }
                if (read < 0
                        ? received < sizeBytes
                        : received == sizeBytes && !checksum.value().equals(expected)) {
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

    /** The checksum of the database that {@code in} gives, which is read to its end. */
    static String of(InputStream in) throws IOException {
        ImageChecksum checksum = new ImageChecksum();
        byte[] buffer = new byte[DatabaseImage.CHUNK_BYTES];
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            checksum.update(buffer, 0, read);
        }
        return checksum.value();
    }
}
