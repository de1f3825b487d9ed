package io.cloudsqlite.cli.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes results as a page with plots. The page is one file and asks no network: the library that draws (Apache ECharts) and
 * the figures, as JSON, are in it. Safe for use by many threads.
 */
public final class ResultsHtml {

    private static final String PAGE = "/io/cloudsqlite/cli/bench/results.html";

    /** In the library's webjar. The version is that of the build. */
    private static final String LIBRARY = "/META-INF/resources/webjars/echarts/5.3.1/dist/echarts.common.min.js";

    private ResultsHtml() {}

    /** The page. */
    public static String of(Results results) throws IOException {
        // JSON has this character in strings only; as it is, it could end the page's script.
        String json = ResultsJson.of(results).replace("<", "\\u003c");
        return resource(PAGE).replace("{{library}}", resource(LIBRARY)).replace("{{results}}", json);
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = ResultsHtml.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the command was built without " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
