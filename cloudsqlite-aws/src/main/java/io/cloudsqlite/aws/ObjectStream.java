package io.cloudsqlite.aws;

import java.io.FilterInputStream;
import java.io.IOException;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * The bytes of an object as they come from S3. S3 answers a get from one version of the object, and the SDK compares a whole
 * object with the checksum that S3 keeps of it, at its last byte. Every failure is an {@link IOException}.
 */
final class ObjectStream extends FilterInputStream {

    private final ResponseInputStream<GetObjectResponse> response;
    private final String key;
    private long leftBytes;

    ObjectStream(ResponseInputStream<GetObjectResponse> response, String key) {
        super(response);
        this.response = response;
        this.key = key;
        this.leftBytes = response.response().contentLength();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        int count;
        try {
            count = super.read(target, offset, length);
        } catch (SdkException e) {
            throw new IOException("The object '" + key + "' could not be read to its end", e);
        }
        if (count < 0 && leftBytes > 0) {
            throw new IOException("The object '" + key + "' ended " + leftBytes + " bytes too early");
        }
        leftBytes -= Math.max(0, count);
        return count;
    }

    @Override
    public long skip(long count) throws IOException {
        // Skipped bytes are part of the checksum: InputStream's own way reads them.
        long left = count;
        byte[] ignored = new byte[(int) Math.max(0, Math.min(8_192, count))];
        while (left > 0) {
            int read = read(ignored, 0, (int) Math.min(ignored.length, left));
            if (read < 0) {
                break;
            }
            left -= read;
        }
        return count - Math.max(0, left);
    }

    /** Gives the connection back, or up: what was not read is not fetched only to be able to use the connection again. */
    @Override
    public void close() throws IOException {
        if (leftBytes > 0) {
            response.abort();
        } else {
            response.close();
        }
    }
}
