package io.cloudsqlite.format;

import io.cloudsqlite.CommitId;
import io.cloudsqlite.DatabaseName;
import java.util.HexFormat;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the objects of a database in format {@code log} lie, all but its manifest. They are immutable, and no key is used twice,
 * because each has a random id in it: what a collector has deleted is never mistaken for what a writer wrote since.
 */
final class LogKeys {

    private static final String ARCHIVES = "manifests/";

    private static final Pattern KEY = Pattern.compile("(base|log|manifests)/[0-9a-f-]{1,100}\\.(db|zip|json)");
    private static final Pattern ENTRY = Pattern.compile("[0-9a-f]{16}-([0-9a-f]{16})\\.ltx");

    private LogKeys() {}

    /** Whether {@code key} is one that this class makes, below a database's folder. */
    static boolean isKey(String key) {
        return KEY.matcher(key).matches();
    }

    /** The folder of a database, with the slash at its end. */
    static String folder(DatabaseName database) {
        return database + DatabaseName.RESERVED_SUFFIX + "/";
    }

    /**
     * If {@code key} lies in the folder of a database, a key that comes after all keys of that folder, and before those of any
     * other; or else {@code key} itself.
     */
    static String endOfFolder(String key) {
        int slash = key.indexOf(DatabaseName.RESERVED_SUFFIX + "/");
        return slash < 0 ? key : key.substring(0, slash) + DatabaseName.RESERVED_SUFFIX + "/zzzz";
    }

    /** A base's key below the folder. */
    static String base(long txid, CommitId id) {
        return "base/" + hex(txid) + "-" + id + ".db";
    }

    /** A segment's key below the folder. */
    static String segment(long fromTxid, long toTxid, CommitId id) {
        return "log/" + hex(fromTxid) + "-" + hex(toTxid) + "-" + id + ".zip";
    }

    /** An archived manifest's key below the folder. */
    static String archive(long txid, CommitId id) {
        return ARCHIVES + hex(txid) + "-" + id + ".json";
    }

    /** Whether {@code key} is that of an archived manifest of the database. */
    static boolean isArchive(DatabaseName database, String key) {
        return key.startsWith(folder(database) + ARCHIVES);
    }

    /** The name of a commit's entry in a segment, by its first and its last transaction: that of an LTX file. */
    static String entry(long fromTxid, long toTxid) {
        return hex(fromTxid) + "-" + hex(toTxid) + ".ltx";
    }

    /** The last transaction of the entry of that name; empty if no entry whose first is {@code fromTxid} is called so. */
    static OptionalLong lastOfEntry(String name, long fromTxid) {
        Matcher entry = ENTRY.matcher(name);
        if (!entry.matches()) {
            return OptionalLong.empty();
        }
        long toTxid = HexFormat.fromHexDigitsToLong(entry.group(1));
        return toTxid >= fromTxid && name.equals(entry(fromTxid, toTxid))
                ? OptionalLong.of(toTxid)
                : OptionalLong.empty();
    }

    private static String hex(long txid) {
        return HexFormat.of().toHexDigits(txid);
    }
}
