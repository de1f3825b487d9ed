/**
 * Servers that speak S3 and DynamoDB on this machine, for tests and for trying out. Each is a program: {@link
 * io.cloudsqlite.emulators.S3Emulator}, {@link io.cloudsqlite.emulators.DynamoDbEmulator}. They listen on 127.0.0.1 only,
 * keep everything in memory and take any region; the S3 emulator's access key is {@code emulator}, secret {@code emulator}.
 *
 * <p>Nothing that ships depends on this module. Whoever wants an emulator starts it as a process of its own, so that what
 * the servers are made of never meets our own class path.
 */
@NullMarked
package io.cloudsqlite.emulators;

import org.jspecify.annotations.NullMarked;
