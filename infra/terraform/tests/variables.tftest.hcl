# Bad values are refused before anything is made. In each run every variable under expect_failures must be refused.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  lambda_jar_path = "versions.tf"
}

run "too_small_or_misspelt" {
  command = plan

  variables {
    aws_region                        = "mars"
    project_name                      = ""
    environment                       = "Prod!"
    s3_bucket_name                    = "Databases"
    dynamodb_table_name               = "no spaces"
    lambda_function_name              = "cloud.sqlite"
    api_gateway_name                  = "a b"
    jwt_issuer                        = "http://issuer.example/"
    jwt_audience                      = [" "]
    throttling_rate_limit             = 0
    throttling_burst_limit            = 0
    lambda_jar_path                   = "no-such.jar"
    lambda_memory_mb                  = 255
    lambda_ephemeral_storage_mb       = 511
    lambda_reserved_concurrency       = -2
    application_log_level             = "WARN"
    storage_format                    = "zip"
    maintenance_schedule              = "hourly"
    noncurrent_version_retention_days = 0
    log_retention_days                = 0
    alarm_topic_arns                  = ["on-call"]
    alarm_p99_duration_ms             = 0
    alarm_lock_wait_ms                = 0
  }

  expect_failures = [
    var.aws_region,
    var.project_name,
    var.environment,
    var.s3_bucket_name,
    var.dynamodb_table_name,
    var.lambda_function_name,
    var.api_gateway_name,
    var.jwt_issuer,
    var.jwt_audience,
    var.throttling_rate_limit,
    var.throttling_burst_limit,
    var.lambda_jar_path,
    var.lambda_memory_mb,
    var.lambda_ephemeral_storage_mb,
    var.lambda_reserved_concurrency,
    var.application_log_level,
    var.storage_format,
    var.maintenance_schedule,
    var.noncurrent_version_retention_days,
    var.log_retention_days,
    var.alarm_topic_arns,
    var.alarm_p99_duration_ms,
    var.alarm_lock_wait_ms,
  ]
}

run "too_large" {
  command = plan

  variables {
    s3_bucket_name                    = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    lambda_function_name              = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    throttling_rate_limit             = 10001
    throttling_burst_limit            = 5001
    lambda_memory_mb                  = 10241
    lambda_ephemeral_storage_mb       = 10241
    noncurrent_version_retention_days = 3651
    alarm_p99_duration_ms             = 29001
    alarm_lock_wait_ms                = 29001
    snap_start                        = false
  }

  expect_failures = [
    var.s3_bucket_name,
    var.lambda_function_name,
    var.throttling_rate_limit,
    var.throttling_burst_limit,
    var.lambda_memory_mb,
    var.lambda_ephemeral_storage_mb,
    var.noncurrent_version_retention_days,
    var.alarm_p99_duration_ms,
    var.alarm_lock_wait_ms,
  ]
}

run "not_whole" {
  command = plan

  variables {
    s3_bucket_name                    = "data..bases"
    throttling_burst_limit            = 1.5
    lambda_memory_mb                  = 512.5
    lambda_ephemeral_storage_mb       = 1024.5
    lambda_reserved_concurrency       = 0.5
    noncurrent_version_retention_days = 1.5
    snap_start                        = false
  }

  expect_failures = [
    var.s3_bucket_name,
    var.throttling_burst_limit,
    var.lambda_memory_mb,
    var.lambda_ephemeral_storage_mb,
    var.lambda_reserved_concurrency,
    var.noncurrent_version_retention_days,
  ]
}

run "snap_start_with_much_storage" {
  command = plan

  variables {
    lambda_ephemeral_storage_mb = 513
  }

  expect_failures = [
    var.snap_start,
  ]
}

# Alone, because it is not judged while the variables that it looks at are wrong.
run "unknown_authorization_type" {
  command = plan

  variables {
    authorization_type = "CUSTOM"
  }

  expect_failures = [
    var.authorization_type,
  ]
}

run "none_without_the_second_flag" {
  command = plan

  variables {
    authorization_type = "NONE"
  }

  expect_failures = [
    var.authorization_type,
  ]
}

run "the_second_flag_without_none" {
  command = plan

  variables {
    allow_unauthenticated_access = true
  }

  expect_failures = [
    var.authorization_type,
  ]
}

run "jwt_without_issuer" {
  command = plan

  variables {
    authorization_type = "JWT"
    jwt_audience       = ["cloudsqlite"]
  }

  expect_failures = [
    var.authorization_type,
  ]
}

run "jwt_without_audience" {
  command = plan

  variables {
    authorization_type = "JWT"
    jwt_issuer         = "https://issuer.example/"
  }

  expect_failures = [
    var.authorization_type,
  ]
}
