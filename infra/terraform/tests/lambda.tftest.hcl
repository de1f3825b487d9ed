# The function, its logs and its alarms.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  lambda_jar_path = "versions.tf"
}

run "function" {
  command = plan

  assert {
    condition = (
      aws_lambda_function.cloudsqlite.runtime == "java25" &&
      aws_lambda_function.cloudsqlite.architectures == tolist(["arm64"]) &&
      aws_lambda_function.cloudsqlite.handler == "io.cloudsqlite.lambda.ApiGatewayHandler"
    )
    error_message = "The function is ApiGatewayHandler on java25 and arm64."
  }

  assert {
    condition     = aws_lambda_function.cloudsqlite.publish && aws_lambda_function.cloudsqlite.snap_start[0].apply_on == "PublishedVersions"
    error_message = "SnapStart must be on, for which versions must be published."
  }

  assert {
    condition     = aws_lambda_alias.live.name == "live" && aws_lambda_alias.live.function_version == "7"
    error_message = "The alias must follow the published version."
  }

  assert {
    condition     = aws_lambda_function.cloudsqlite.timeout == 29
    error_message = "The function must end before API Gateway's 30 seconds do."
  }

  assert {
    condition     = aws_lambda_function.cloudsqlite.ephemeral_storage[0].size == 512
    error_message = "SnapStart allows no more than 512 MB."
  }

  assert {
    condition = aws_lambda_function.cloudsqlite.environment[0].variables == tomap({
      S3_BUCKET_NAME      = "databases"
      DYNAMODB_TABLE_NAME = "CloudSQLite-Locks"
      CLOUDSQLITE_FORMAT  = "log"
    })
    error_message = "The function must know its bucket, its table and the format of new databases, and no secrets."
  }

  assert {
    condition     = aws_lambda_function.cloudsqlite.source_code_hash == filebase64sha256("versions.tf")
    error_message = "A new jar must be a new version."
  }

  assert {
    condition     = aws_lambda_function.cloudsqlite.reserved_concurrent_executions == -1
    error_message = "By default nothing of the account's concurrency is set aside."
  }
}

run "without_snap_start" {
  command = plan

  variables {
    snap_start                  = false
    lambda_ephemeral_storage_mb = 2048
    lambda_memory_mb            = 1769
  }

  assert {
    condition = (
      aws_lambda_function.cloudsqlite.snap_start[0].apply_on == "None" &&
      aws_lambda_function.cloudsqlite.ephemeral_storage[0].size == 2048 &&
      aws_lambda_function.cloudsqlite.memory_size == 1769
    )
    error_message = "Without SnapStart /tmp may be large."
  }
}

run "logs" {
  command = plan

  variables {
    log_retention_days = 90
  }

  assert {
    condition = (
      aws_lambda_function.cloudsqlite.logging_config[0].log_format == "JSON" &&
      aws_lambda_function.cloudsqlite.logging_config[0].application_log_level == "INFO" &&
      aws_lambda_function.cloudsqlite.logging_config[0].system_log_level == "INFO" &&
      aws_lambda_function.cloudsqlite.logging_config[0].log_group == aws_cloudwatch_log_group.lambda.name
    )
    error_message = "Logs must be JSON, with both levels set, in the group that is made here."
  }

  assert {
    condition     = aws_cloudwatch_log_group.lambda.retention_in_days == 90 && aws_cloudwatch_log_group.api.retention_in_days == 90
    error_message = "Logs must not be kept forever."
  }
}

run "alarms" {
  command = plan

  variables {
    alarm_topic_arns      = ["arn:aws:sns:us-east-1:123456789012:on-call"]
    alarm_p99_duration_ms = 1234
    alarm_lock_wait_ms    = 567
  }

  assert {
    condition = {
      for name, alarm in {
        errors        = aws_cloudwatch_metric_alarm.errors
        server_errors = aws_cloudwatch_metric_alarm.server_errors
        throttles     = aws_cloudwatch_metric_alarm.throttles
        p99_duration  = aws_cloudwatch_metric_alarm.p99_duration
        lock_waits    = aws_cloudwatch_metric_alarm.lock_waits
        } : name => join(" ", [
          alarm.namespace, alarm.metric_name, coalesce(alarm.statistic, alarm.extended_statistic), alarm.comparison_operator, alarm.threshold
      ])
      } == {
      errors        = "AWS/Lambda Errors Sum GreaterThanThreshold 0"
      server_errors = "AWS/ApiGateway 5xx Sum GreaterThanThreshold 0"
      throttles     = "AWS/Lambda Throttles Sum GreaterThanThreshold 0"
      p99_duration  = "AWS/Lambda Duration p99 GreaterThanThreshold 1234"
      lock_waits    = "CloudSQLite LockWait p99 GreaterThanThreshold 567"
    }
    error_message = "An alarm watches something else than it should."
  }

  assert {
    condition = alltrue([
      for alarm in [
        aws_cloudwatch_metric_alarm.errors,
        aws_cloudwatch_metric_alarm.throttles,
        aws_cloudwatch_metric_alarm.p99_duration,
      ] : alarm.dimensions == tomap({ FunctionName = "cloudsqlite-lambda", Resource = "cloudsqlite-lambda:live" })
    ])
    error_message = "Alarms must watch the alias, which is what the API calls."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.server_errors.dimensions == tomap({ ApiId = "abcdef1234", Stage = "$default" })
    error_message = "The alarm for 5xx must watch this API."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.lock_waits.dimensions == tomap({ FunctionName = "cloudsqlite-lambda" })
    error_message = "The alarm for lock waits must watch the dimension that the function's EMF lines carry."
  }

  assert {
    condition = alltrue([
      for alarm in [
        aws_cloudwatch_metric_alarm.errors,
        aws_cloudwatch_metric_alarm.server_errors,
        aws_cloudwatch_metric_alarm.throttles,
        aws_cloudwatch_metric_alarm.p99_duration,
        aws_cloudwatch_metric_alarm.lock_waits,
        ] : (
        alarm.alarm_actions == toset(["arn:aws:sns:us-east-1:123456789012:on-call"]) &&
        alarm.ok_actions == toset(["arn:aws:sns:us-east-1:123456789012:on-call"]) &&
        alarm.treat_missing_data == "notBreaching"
      )
    ])
    error_message = "Alarms must reach their topics, and be quiet when nobody calls."
  }
}

run "dashboard" {
  command = plan

  assert {
    condition = [
      for widget in jsondecode(aws_cloudwatch_dashboard.cloudsqlite.dashboard_body).widgets :
      join(", ", [for metric in widget.properties.metrics : "${metric[0]} ${metric[1]} ${metric[3]}"])
      ] == [
      "AWS/ApiGateway Count abcdef1234, AWS/ApiGateway 4xx abcdef1234, AWS/ApiGateway 5xx abcdef1234",
      "AWS/ApiGateway Latency abcdef1234, AWS/ApiGateway Latency abcdef1234",
      "AWS/Lambda Duration cloudsqlite-lambda, AWS/Lambda Duration cloudsqlite-lambda",
      "AWS/Lambda Errors cloudsqlite-lambda, AWS/Lambda Throttles cloudsqlite-lambda, AWS/Lambda ConcurrentExecutions cloudsqlite-lambda",
      "CloudSQLite LockWait cloudsqlite-lambda, CloudSQLite LockWait cloudsqlite-lambda",
      "AWS/DynamoDB ConsumedWriteCapacityUnits CloudSQLite-Locks, AWS/DynamoDB ConsumedReadCapacityUnits CloudSQLite-Locks, AWS/DynamoDB ConditionalCheckFailedRequests CloudSQLite-Locks",
    ]
    error_message = "The dashboard must show the API, the function, the table and CloudSQLite's own metrics."
  }

  assert {
    condition = length(distinct([
      for widget in jsondecode(aws_cloudwatch_dashboard.cloudsqlite.dashboard_body).widgets : "${widget.x},${widget.y}"
    ])) == length(jsondecode(aws_cloudwatch_dashboard.cloudsqlite.dashboard_body).widgets)
    error_message = "No two widgets may lie on each other."
  }
}
