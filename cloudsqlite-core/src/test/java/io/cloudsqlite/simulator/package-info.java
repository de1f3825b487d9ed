/**
 * A deterministic simulator of processes that share databases: the production code, unchanged, in a world whose time, store,
 * locks and misfortunes come from one seed. Start at {@link io.cloudsqlite.simulator.Simulation}.
 */
@NullMarked
package io.cloudsqlite.simulator;

import org.jspecify.annotations.NullMarked;
