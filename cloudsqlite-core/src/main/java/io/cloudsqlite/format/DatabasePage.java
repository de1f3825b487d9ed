package io.cloudsqlite.format;

import java.util.List;
import java.util.Optional;

/**
 * One page of a listing of databases.
 *
 * @param databases in the order of their names
 * @param nextAfter where the next page begins, for {@link DatabaseStore#list}; empty at the end of the listing
 */
public record DatabasePage(List<DatabaseInfo> databases, Optional<String> nextAfter) {

    public DatabasePage {
        databases = List.copyOf(databases);
    }
}
