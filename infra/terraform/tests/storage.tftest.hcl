# The data: nobody reads it without TLS, nobody in public, nobody destroys it by accident.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  # Any file will do for a jar here.
  lambda_jar_path = "versions.tf"
}

run "bucket" {
  command = plan

  assert {
    condition     = aws_s3_bucket_versioning.databases.versioning_configuration[0].status == "Enabled"
    error_message = "The bucket must be versioned."
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.databases.block_public_acls,
      aws_s3_bucket_public_access_block.databases.block_public_policy,
      aws_s3_bucket_public_access_block.databases.ignore_public_acls,
      aws_s3_bucket_public_access_block.databases.restrict_public_buckets,
    ])
    error_message = "All four public access blocks must be on."
  }

  assert {
    condition = [
      for rule in aws_s3_bucket_server_side_encryption_configuration.databases.rule :
      rule.apply_server_side_encryption_by_default[0].sse_algorithm
    ] == ["AES256"]
    error_message = "The bucket must be encrypted."
  }

  assert {
    condition     = aws_s3_bucket_ownership_controls.databases.rule[0].object_ownership == "BucketOwnerEnforced"
    error_message = "Access lists of objects must have no effect."
  }

  assert {
    condition     = !aws_s3_bucket.databases.force_destroy
    error_message = "Destroying the bucket must not empty it."
  }

  assert {
    condition = alltrue([
      for part in [
        aws_s3_bucket_versioning.databases.bucket,
        aws_s3_bucket_public_access_block.databases.bucket,
        aws_s3_bucket_server_side_encryption_configuration.databases.bucket,
        aws_s3_bucket_ownership_controls.databases.bucket,
        aws_s3_bucket_policy.databases.bucket,
        aws_s3_bucket_lifecycle_configuration.databases.bucket,
      ] : part == "databases"
    ])
    error_message = "Each protection must be that of the bucket with the databases."
  }
}

run "bucket_policy_is_tls_only" {
  command = plan

  assert {
    condition = anytrue([
      for statement in jsondecode(aws_s3_bucket_policy.databases.policy).Statement :
      statement.Effect == "Deny" && statement.Principal == "*" && statement.Action == "s3:*" &&
      toset(statement.Resource) == toset(["arn:aws:s3:::databases", "arn:aws:s3:::databases/*"]) &&
      try(statement.Condition == { Bool = { "aws:SecureTransport" = "false" } }, false)
    ])
    error_message = "The policy must deny everything to everybody who comes without TLS."
  }

  assert {
    condition = anytrue([
      for statement in jsondecode(aws_s3_bucket_policy.databases.policy).Statement :
      statement.Effect == "Deny" && statement.Principal == "*" && statement.Action == "s3:*" &&
      toset(statement.Resource) == toset(["arn:aws:s3:::databases", "arn:aws:s3:::databases/*"]) &&
      try(statement.Condition == { NumericLessThan = { "s3:TlsVersion" = "1.2" } }, false)
    ])
    error_message = "The policy must deny everything to everybody who comes with a TLS below 1.2."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_s3_bucket_policy.databases.policy).Statement : statement.Effect == "Deny"
    ])
    error_message = "The bucket's policy must allow nothing: rights come from the function's role."
  }
}

run "lifecycle" {
  command = plan

  variables {
    noncurrent_version_retention_days = 12
  }

  assert {
    condition     = length(aws_s3_bucket_lifecycle_configuration.databases.rule) == 1
    error_message = "There must be one rule; each further one needs a test of its own."
  }

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.databases.rule[0].status == "Enabled"
    error_message = "The rule must be on."
  }

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.databases.rule[0].noncurrent_version_expiration[0].noncurrent_days == 12
    error_message = "Replaced versions must be kept as long as was asked."
  }

  assert {
    condition = (
      aws_s3_bucket_lifecycle_configuration.databases.rule[0].expiration[0].expired_object_delete_marker &&
      aws_s3_bucket_lifecycle_configuration.databases.rule[0].expiration[0].days == 0
    )
    error_message = "Left-over delete markers must go; current objects must never expire."
  }

  assert {
    condition     = length(aws_s3_bucket_lifecycle_configuration.databases.rule[0].transition) == 0
    error_message = "Current objects must stay where a get is fast."
  }

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.databases.rule[0].abort_incomplete_multipart_upload[0].days_after_initiation == 1
    error_message = "Abandoned uploads must go."
  }
}

run "lock_table" {
  command = plan

  assert {
    condition     = aws_dynamodb_table.locks.deletion_protection_enabled
    error_message = "The table must be protected from deletion."
  }

  assert {
    condition     = aws_dynamodb_table.locks.billing_mode == "PAY_PER_REQUEST"
    error_message = "The table must cost nothing at rest."
  }

  assert {
    condition = (
      aws_dynamodb_table.locks.hash_key == "database_name" &&
      [for attribute in aws_dynamodb_table.locks.attribute : "${attribute.name}:${attribute.type}"] == ["database_name:S"]
    )
    error_message = "The table's key must stay that of the first CloudSQLite."
  }

  assert {
    condition     = aws_dynamodb_table.locks.ttl[0].enabled && aws_dynamodb_table.locks.ttl[0].attribute_name == "lease_timeout"
    error_message = "TTL must be on for lease_timeout."
  }

  assert {
    condition     = aws_dynamodb_table.locks.server_side_encryption[0].enabled
    error_message = "The table must be encrypted with a key that shows in KMS."
  }

  assert {
    condition     = aws_dynamodb_table.locks.point_in_time_recovery[0].enabled
    error_message = "Point-in-time recovery must be on."
  }
}

run "default_names" {
  command = plan

  assert {
    condition     = aws_s3_bucket.databases.bucket == "cloudsqlite-databases-123456789012-us-east-1"
    error_message = "The default name must be one that nobody else can have."
  }

  assert {
    condition     = aws_dynamodb_table.locks.name == "CloudSQLite-Locks"
    error_message = "The table's default name must stay that of the first CloudSQLite."
  }
}

run "own_names" {
  command = plan

  variables {
    s3_bucket_name      = "cloudsqlite-databases"
    dynamodb_table_name = "My.Locks_1"
  }

  assert {
    condition     = aws_s3_bucket.databases.bucket == "cloudsqlite-databases"
    error_message = "The bucket must have the name that was asked for."
  }

  assert {
    condition     = aws_dynamodb_table.locks.name == "My.Locks_1" && output.dynamodb_table_name == "My.Locks_1"
    error_message = "The table must have the name that was asked for."
  }
}
