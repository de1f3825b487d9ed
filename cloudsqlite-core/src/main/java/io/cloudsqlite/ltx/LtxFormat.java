package io.cloudsqlite.ltx;

/**
 * The numbers of the LTX file format, version 3, as the reference library github.com/superfly/ltx v0.5.2 writes and reads
 * it. Fixed integers are big-endian; varints are LEB128, unsigned, the lowest seven bits first.
 *
 * <table>
 * <caption>A file: the header, a frame for each page, the terminator, the page index, the trailer</caption>
 * <tr><th>offset</th><th>size</th><th>header</th></tr>
 * <tr><td>0</td><td>4</td><td>{@code LTX1}, whatever the version</td></tr>
 * <tr><td>4</td><td>4</td><td>flags: 0x2 says that the file has no checksums of the database; all others are 0</td></tr>
 * <tr><td>8</td><td>4</td><td>page size in bytes: a power of two from 512 to 65536</td></tr>
 * <tr><td>12</td><td>4</td><td>size of the database after these transactions, in pages</td></tr>
 * <tr><td>16</td><td>8</td><td>first TXID, from 1; a file that begins with 1 is a snapshot</td></tr>
 * <tr><td>24</td><td>8</td><td>last TXID</td></tr>
 * <tr><td>32</td><td>8</td><td>timestamp, signed: milliseconds since 1970-01-01T00:00:00Z</td></tr>
 * <tr><td>40</td><td>8</td><td>checksum of the database before; 0 in a snapshot, and with flag 0x2</td></tr>
 * <tr><td>48</td><td>8</td><td>offset in the -wal file that the pages come from; we write 0</td></tr>
 * <tr><td>56</td><td>8</td><td>bytes of the -wal file; 0 if the offset is</td></tr>
 * <tr><td>64</td><td>8</td><td>both salts of the -wal file; 0 if the offset is</td></tr>
 * <tr><td>72</td><td>8</td><td>id of the node that wrote the file, any number; we write 0</td></tr>
 * <tr><td>80</td><td>20</td><td>reserved: zeros from us, anything from others</td></tr>
 * <tr><th>offset</th><th>size</th><th>page frame</th></tr>
 * <tr><td>0</td><td>4</td><td>page number, from 1, higher than that of the frame before</td></tr>
 * <tr><td>4</td><td>2</td><td>flags: 1. Older writers have 0: then the rest is one LZ4 frame, which knows its end</td></tr>
 * <tr><td>6</td><td>4</td><td>size of the block in bytes</td></tr>
 * <tr><td>10</td><td></td><td>the page as one raw LZ4 block; there is no stored form, so noise grows a little</td></tr>
 * <tr><th>offset</th><th>size</th><th>terminator</th></tr>
 * <tr><td>0</td><td>6</td><td>zeros: page number 0, flags 0</td></tr>
 * <tr><th>offset</th><th>size</th><th>page index</th></tr>
 * <tr><td>0</td><td></td><td>for each frame, in order, three varints: page number, offset of the frame in the file, size of
 * the whole frame</td></tr>
 * <tr><td></td><td>1</td><td>zero</td></tr>
 * <tr><td></td><td>8</td><td>size of the index up to here, in bytes</td></tr>
 * <tr><th>offset</th><th>size</th><th>trailer</th></tr>
 * <tr><td>0</td><td>8</td><td>checksum of the database after; 0 with flag 0x2</td></tr>
 * <tr><td>8</td><td>8</td><td>checksum of the file</td></tr>
 * </table>
 *
 * <p>The checksum of the file is a {@link Crc64} with {@link #CHECKSUM_FLAG}, over every byte before it, but over the page
 * itself in place of its compressed block. The checksum of a database is the exclusive or of the checksums of its pages,
 * each over its number (4 bytes) and its content, with {@link #CHECKSUM_FLAG}.
 *
 * <p>A snapshot has all pages of the database. In no file is there the lock page, on which SQLite's lock bytes lie and
 * which never has content.
 */
final class LtxFormat {

    static final int MAGIC = 0x4c545831;
    static final int HEADER_BYTES = 100;
    static final int FLAG_NO_DATABASE_CHECKSUMS = 0x2;

    static final int MIN_PAGE_SIZE_BYTES = 512;
    static final int MAX_PAGE_SIZE_BYTES = 65536;

    /** The page number and the flags: all of the terminator, and what every frame begins with. */
    static final int FRAME_PREFIX_BYTES = 6;

    /** Those, and the size of the block. */
    static final int BLOCK_PREFIX_BYTES = FRAME_PREFIX_BYTES + Integer.BYTES;

    static final short FRAME_HAS_BLOCK_SIZE = 1;

    static final int INDEX_SIZE_BYTES = Long.BYTES;
    static final int TRAILER_BYTES = 2 * Long.BYTES;

    /** Set in every checksum, so that 0 can say that there is none. */
    static final long CHECKSUM_FLAG = 1L << 63;

    /** Where in a database file SQLite takes its locks; nothing may be stored in the page around it. */
    private static final int LOCK_BYTE_OFFSET = 0x40000000;

    private LtxFormat() {}

    static boolean isPageSize(int bytes) {
        return bytes >= MIN_PAGE_SIZE_BYTES && bytes <= MAX_PAGE_SIZE_BYTES && Integer.bitCount(bytes) == 1;
    }

    static int lockPage(int pageSizeBytes) {
        return LOCK_BYTE_OFFSET / pageSizeBytes + 1;
    }
}
