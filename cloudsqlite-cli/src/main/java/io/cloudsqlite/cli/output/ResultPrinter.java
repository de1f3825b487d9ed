package io.cloudsqlite.cli.output;

import io.cloudsqlite.sql.SqlResult;

/** Shows the results of statements, one after the other. Get one from {@link OutputFormat#printer}. */
public interface ResultPrinter {

    /** Shows one result and flushes it. */
    void print(SqlResult result);
}
