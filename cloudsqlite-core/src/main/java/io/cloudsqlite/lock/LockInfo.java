package io.cloudsqlite.lock;

import java.time.Instant;

/**
 * A lock as others see it.
 *
 * @param holder who holds it, as the holder calls itself
 * @param expiresAt when it lapses, by the holder's clock
 */
public record LockInfo(String holder, Instant expiresAt) {}
