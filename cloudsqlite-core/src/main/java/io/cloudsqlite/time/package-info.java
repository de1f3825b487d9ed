/** Time as something that is handed in: clocks, sleeping and deadlines. Nothing else in core looks at a clock. */
@NullMarked
package io.cloudsqlite.time;

import org.jspecify.annotations.NullMarked;
