package io.cloudsqlite.format;

/**
 * What the maintenance of a database has done.
 *
 * @param checkpointed whether a new base was made
 * @param mergedSegments how many segments were merged into larger ones
 * @param deletedObjects how many objects were deleted that nothing needed any more
 * @param deletedBytes how large those were
 */
public record MaintenanceReport(boolean checkpointed, int mergedSegments, int deletedObjects, long deletedBytes) {

    /** Nothing was done, because nothing was due. */
    public static final MaintenanceReport NOTHING = new MaintenanceReport(false, 0, 0, 0);

    /** What was done in all. */
    public MaintenanceReport plus(MaintenanceReport other) {
        return new MaintenanceReport(
                checkpointed || other.checkpointed,
                mergedSegments + other.mergedSegments,
                deletedObjects + other.deletedObjects,
                deletedBytes + other.deletedBytes);
    }
}
