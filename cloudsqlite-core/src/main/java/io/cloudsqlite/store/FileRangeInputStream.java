package io.cloudsqlite.store;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/**
 * Exactly the bytes of a range of a file. A file that turns out to be shorter is a failure, never a short read. The open
 * descriptor keeps the bytes even if the file is replaced or deleted meanwhile.
 */
final class FileRangeInputStream extends InputStream {

    private final SeekableByteChannel channel;
    private long leftBytes;

    /** Opens {@code file}, which must not be a symbolic link. */
    FileRangeInputStream(Path file, long offsetBytes, long lengthBytes) throws IOException {
        channel = Files.newByteChannel(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
        leftBytes = lengthBytes;
        try {
            channel.position(offsetBytes);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (leftBytes == 0) {
            return -1;
        }
        int n = channel.read(ByteBuffer.wrap(bytes, offset, (int) Math.min(length, leftBytes)));
        if (n < 0) {
            throw new EOFException("the object lacks its last " + leftBytes + " bytes: another program cut it");
        }
        leftBytes -= n;
        return n;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
