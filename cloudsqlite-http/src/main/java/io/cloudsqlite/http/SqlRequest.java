package io.cloudsqlite.http;

import io.cloudsqlite.DatabaseName;
import io.cloudsqlite.session.RequestOptions;
import io.cloudsqlite.sql.SqlStatement;
import java.util.List;

/**
 * What the body of {@code POST /sql} asks for.
 *
 * @param statements what to run, in one transaction
 * @param isList whether they came as {@code statements}, so that the answer is a list too
 */
record SqlRequest(
        DatabaseName database,
        List<SqlStatement> statements,
        boolean isList,
        RequestOptions options,
        RowFormat rowFormat) {

    /** How an answer shows rows. */
    enum RowFormat {
        /** A row is an object. Of columns that share a name it has the last, as the first CloudSQLite's had. */
        OBJECTS,
        /** A row is an array with one value per column. */
        ARRAYS
    }

    SqlRequest {
        statements = List.copyOf(statements);
    }

    /** @throws io.cloudsqlite.InvalidRequestException if the body is not what the API wants; the message says where */
    static SqlRequest parse(byte[] body) {
        return SqlRequestReader.read(body);
    }
}
