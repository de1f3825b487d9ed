/** Stores and locks on AWS. Empty so far: {@code S3BlobStore} and {@code DynamoDbLockManager} arrive with part B. */
@NullMarked
package io.cloudsqlite.aws;

import org.jspecify.annotations.NullMarked;
