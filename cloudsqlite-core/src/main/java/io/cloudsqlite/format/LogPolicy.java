package io.cloudsqlite.format;

import java.time.Duration;

/**
 * When the log of a database becomes what. Nothing of it matters to safety: it is a trade of what a commit costs against what a
 * cold open costs, and of space against time.
 *
 * @param fullTailBytes the tail is full when it holds so much, above zero: every commit puts it again, and who asks for what is
 *     new gets it. The commit that fills it puts it as a segment beside, which the next one names in its place
 * @param largestTailBytes what the tail may hold where that segment is not there in time: who would make it larger puts a
 *     segment first, which takes as long again
 * @param minCheckpointBytes a log of this size is not worth a checkpoint, however small the database
 * @param databaseShare the log is worth a checkpoint when it is larger than this part of the database, above zero: 2 for a half
 * @param maxInlineBytes a database of up to this size is checkpointed by who commits, which costs him a moment
 * @param maxSegments more segments than this are merged by who commits, so that no manifest grows without bound
 * @param minMerged so many small segments in a row are worth merging
 * @param minGarbageAge objects that are younger are left alone by the collector, which saves uploads that are under way
 */
public record LogPolicy(
        int fullTailBytes,
        int largestTailBytes,
        long minCheckpointBytes,
        int databaseShare,
        long maxInlineBytes,
        int maxSegments,
        int minMerged,
        Duration minGarbageAge) {

    /** What suits S3. */
    public static final LogPolicy DEFAULT =
            new LogPolicy(64 << 10, 512 << 10, 1 << 20, 2, 4 << 20, 64, 8, Duration.ofHours(1));

    /** @throws IllegalArgumentException if what is to be above zero is not */
    public LogPolicy {
        if (fullTailBytes <= 0 || databaseShare <= 0) {
            throw new IllegalArgumentException("a full tail, and the share of a database, are above zero, unlike "
                    + fullTailBytes + " bytes or " + databaseShare);
        }
    }

    /**
     * Whether a commit fills the tail, and so should put it as a segment beside. While no commit names such a segment, the tail
     * grows on, and is put again not by each, but each time that it could have been filled once more.
     */
    boolean isTailDue(Manifest before, Manifest after) {
        return after.tailBytes() / fullTailBytes > before.tailBytes() / fullTailBytes;
    }

    /** Whether the log has outgrown what it saves: reading it takes about as long as reading the database. */
    boolean isCheckpointDue(Manifest manifest) {
        return manifest.logBytes() > Math.max(minCheckpointBytes, manifest.sizeBytes() / databaseShare);
    }

    /** Whether who has just committed should do what is due himself. */
    boolean isDueInline(Manifest manifest) {
        return manifest.segments().size() > maxSegments || isCheckpointDueInline(manifest);
    }

    /** Whether a checkpoint is due that who has just committed should make himself. */
    boolean isCheckpointDueInline(Manifest manifest) {
        return manifest.sizeBytes() <= maxInlineBytes && isCheckpointDue(manifest);
    }
}
