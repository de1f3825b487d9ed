package io.cloudsqlite.cli.bench;

import io.cloudsqlite.DatabaseName;

/**
 * Whether all writes that were acknowledged are in a database, and no others.
 *
 * @param unknown how many were neither acknowledged nor refused
 * @param found how many are there
 */
public record WriteCheck(DatabaseName database, long acknowledged, long unknown, long found) {

    static WriteCheck of(DatabaseName database, Ledger ledger, long found) {
        return new WriteCheck(database, ledger.acknowledged(), ledger.unknown(), found);
    }

    /** Whether all that were acknowledged are there, and no more than may be. */
    public boolean isGood() {
        return acknowledged <= found && found <= acknowledged + unknown;
    }
}
