package io.cloudsqlite.ltx;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * CRC-64/ISO: polynomial x<sup>64</sup> + x<sup>4</sup> + x<sup>3</sup> + x + 1, reflected, all ones before and after.
 * Source: ISO 3309; "CRC-64/GO-ISO" in the catalogue of parametrised CRC algorithms, where the check value of {@code
 * 123456789} is {@code b90956c775a41001}.
 *
 * <p>There are no tables, which a cold start would have to build and a page would push out of the cache. What is above
 * x<sup>64</sup> is replaced by itself times x<sup>4</sup> + x<sup>3</sup> + x + 1, and since these exponents are small,
 * that is three shifts and for 64 new bits at a time leaves only four bits above x<sup>64</sup>, with which it is done
 * once more. Reflected means that the lowest bit is the highest power, and that a right shift multiplies.
 *
 * <p>Used by one thread.
 */
final class Crc64 {

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long ALL_ONES = -1;

    private long state = ALL_ONES;

    void reset() {
        state = ALL_ONES;
    }

    void update(byte[] bytes) {
        update(bytes, 0, bytes.length);
    }

    void update(byte[] bytes, int offset, int length) {
        long crc = state;
        int end = offset + length;
        int at = offset;
        for (; at <= end - Long.BYTES; at += Long.BYTES) {
            long high = crc ^ (long) LONG.get(bytes, at);
            // The bits that the shifts below push out, brought back as what they are above x^64.
            high ^= high << 63 ^ high << 61 ^ high << 60;
            crc = high ^ high >>> 1 ^ high >>> 3 ^ high >>> 4;
        }
        for (; at < end; at++) {
            long high = (crc ^ bytes[at]) << 56;
            crc = crc >>> 8 ^ high ^ high >>> 1 ^ high >>> 3 ^ high >>> 4;
        }
        state = crc;
    }

    /** The checksum of all bytes since the last reset. */
    long value() {
        return ~state;
    }
}
