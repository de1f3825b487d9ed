package io.cloudsqlite.store;

import io.cloudsqlite.CloudSqliteException;
import io.cloudsqlite.store.GetOutcome.Found;
import io.cloudsqlite.store.PutOutcome.Stored;
import io.cloudsqlite.time.Deadline;
import io.cloudsqlite.time.TimeSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;

/** What other processes do with a file store in {@link FileBlobStoreTest}. */
final class FileStoreProcess {

    static final String KEY = "app.db";

    private FileStoreProcess() {}

    /** {@code COMMAND DIRECTORY NUMBER}. */
    public static void main(String[] arguments) throws Exception {
        BlobStore store = new FileBlobStore(Path.of(arguments[1]));
        int number = Integer.parseInt(arguments[2]);
        switch (arguments[0]) {
            case "increment" -> increment(store, number);
            case "put-forever" -> putForever(store, number);
            case "upload-forever" -> uploadForever(store);
            case "stream" -> stream(store, number);
            case "put-large" -> putLarge(store, number);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static Deadline deadline() {
        return Deadline.after(Duration.ofSeconds(100), TimeSource.system());
    }

    private static void increment(BlobStore store, int times) throws IOException {
        for (int i = 0; i < times; i++) {
            BlobStoreContractTest.increment(store, KEY);
        }
    }

    /** Replaces the object, on the condition that nobody else does, and prints the number of each put that was stored. */
    private static void putForever(BlobStore store, int first) {
        PutCondition condition = store.head(KEY, deadline())
                .<PutCondition>map(info -> PutCondition.ifMatches(info.version()))
                .orElse(PutCondition.IF_ABSENT);
        for (int number = first; ; number++) {
            Map<String, String> metadata = Map.of("number", Integer.toString(number));
            PutOutcome outcome = store.put(KEY, BlobBody.of(bytesOf(number)), metadata, condition, deadline());
            condition = PutCondition.ifMatches(((Stored) outcome).version());
            System.out.println(number);
        }
    }

    /** The object that {@link #putForever} puts as its {@code number}-th: its length and each byte follow from it. */
    static byte[] bytesOf(int number) {
        byte[] bytes = new byte[1_000 + number * 7_919 % 200_000];
        Arrays.fill(bytes, (byte) number);
        return bytes;
    }

    /** Begins a put whose body never comes, and prints a line in the middle of it. */
    private static void uploadForever(BlobStore store) {
        BlobBody endless = new BlobBody() {
            @Override
            public long sizeBytes() {
                return 1;
            }

            @Override
            public InputStream open() throws IOException {
                System.out.println("uploading");
                // Until the process is killed, or the test that started it is gone.
                throw new IOException("stdin: " + System.in.read());
            }
        };
        store.put(KEY, endless, Map.of(), PutCondition.ALWAYS, deadline());
    }

    /** Puts and gets an object much larger than the heap. */
    private static void stream(BlobStore store, int megabytes) throws IOException {
        long sizeBytes = megabytes * 1024L * 1024;
        CheckedInputStream in = new CheckedInputStream(new Numbers(sizeBytes), new CRC32());
        store.put(KEY, body(sizeBytes, in), Map.of(), PutCondition.ALWAYS, deadline());
        try (Found found = (Found) store.get(KEY, Optional.empty(), deadline())) {
            CheckedInputStream out = new CheckedInputStream(found.body(), new CRC32());
            long readBytes = out.transferTo(OutputStream.nullOutputStream());
            boolean same = out.getChecksum().getValue() == in.getChecksum().getValue();
            System.out.println(readBytes + " bytes read, " + (same ? "the same" : "others"));
        }
    }

    /** Puts more than the process may write, and prints what the store says to it. */
    private static void putLarge(BlobStore store, int megabytes) {
        byte[] bytes = "x".repeat(megabytes * 1024 * 1024).getBytes(StandardCharsets.US_ASCII);
        try {
            store.put(KEY, BlobBody.of(bytes), Map.of(), PutCondition.ALWAYS, deadline());
        } catch (CloudSqliteException e) {
            System.out.println(e.getClass().getSimpleName() + ": " + e.getMessage());
        }
    }

    private static BlobBody body(long sizeBytes, InputStream in) {
        return new BlobBody() {
            @Override
            public long sizeBytes() {
                return sizeBytes;
            }

            @Override
            public InputStream open() {
                return in;
            }
        };
    }

    /** Bytes that differ from place to place. */
    private static final class Numbers extends InputStream {

        private long leftBytes;

        Numbers(long sizeBytes) {
            leftBytes = sizeBytes;
        }

        @Override
        public int read() {
            return leftBytes == 0 ? -1 : Byte.toUnsignedInt((byte) ((leftBytes-- * 31) >> 7));
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            if (leftBytes == 0) {
                return -1;
            }
            int n = (int) Math.min(length, leftBytes);
            for (int i = 0; i < n; i++) {
                bytes[offset + i] = (byte) read();
            }
            return n;
        }
    }
}
