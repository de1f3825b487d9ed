package io.cloudsqlite.copy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;

/** Reads single pages from the two files of a generation, as they lie in the store, into one buffer. Used by one thread. */
final class LocalPages implements AutoCloseable {

    private final FileChannel main;
    private final FileChannel wal;
    private final byte[] buffer;

    LocalPages(Generation generation, int pageSizeBytes) throws IOException {
        buffer = new byte[pageSizeBytes];
        main = FileChannel.open(generation.file(), StandardOpenOption.READ);
        try {
            wal = FileChannel.open(generation.wal().file(), StandardOpenOption.READ);
        } catch (IOException e) {
            main.close();
            throw e;
        }
    }

    /**
     * The content of {@code page}, valid until the next call.
     *
     * @param walOffset where in the WAL it stands, or {@link PageMap#IN_MAIN_FILE}
     */
    byte[] read(int page, long walOffset) throws IOException {
        if (walOffset == PageMap.IN_MAIN_FILE) {
            WalReader.readFully(main, ByteBuffer.wrap(buffer), (page - 1L) * buffer.length);
        } else {
            WalReader.readFully(wal, ByteBuffer.wrap(buffer), walOffset);
        }
        if (page == 1) {
            DatabaseHeader.makeStored(buffer);
        }
        return buffer;
    }

    byte[] buffer() {
        return buffer;
    }

    @Override
    public void close() throws IOException {
        try (main;
                wal) {
            return;
        }
    }
}
