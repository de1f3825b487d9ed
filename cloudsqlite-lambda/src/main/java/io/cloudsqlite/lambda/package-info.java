/** The API Gateway handler. Empty so far: it arrives with part B. */
@NullMarked
package io.cloudsqlite.lambda;

import org.jspecify.annotations.NullMarked;
