package io.cloudsqlite.aws;

import java.util.UUID;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.s3.S3Client;

/** Buckets and tables as {@code infra} makes them, under names that nothing else has. */
public final class AwsResources {

    private AwsResources() {}

    /** The name of a new bucket. */
    public static String newBucket(S3Client s3) {
        String bucket = "cloudsqlite-" + UUID.randomUUID();
        s3.createBucket(request -> request.bucket(bucket));
        return bucket;
    }

    /** The name of a new table for locks. */
    public static String newLockTable(DynamoDbClient dynamoDb) {
        String table = "CloudSQLite-Locks-" + UUID.randomUUID();
        dynamoDb.createTable(request -> request.tableName(table)
                .billingMode(BillingMode.PAY_PER_REQUEST)
                .attributeDefinitions(AttributeDefinition.builder()
                        .attributeName(LockItem.DATABASE_NAME)
                        .attributeType(ScalarAttributeType.S)
                        .build())
                .keySchema(KeySchemaElement.builder()
                        .attributeName(LockItem.DATABASE_NAME)
                        .keyType(KeyType.HASH)
                        .build()));
        return table;
    }
}
