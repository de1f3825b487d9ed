/**
 * The store and the locks on AWS, and on servers that speak its protocols: start at {@link
 * io.cloudsqlite.aws.S3BlobStore} and {@link io.cloudsqlite.aws.DynamoDbLockManager}. {@link io.cloudsqlite.aws.AwsClients}
 * makes the clients they are built over.
 */
@NullMarked
package io.cloudsqlite.aws;

import org.jspecify.annotations.NullMarked;
