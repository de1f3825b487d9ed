locals {
  # The API calls the alias, and this pair of dimensions counts calls of the alias only.
  alias_dimensions = {
    FunctionName = aws_lambda_function.cloudsqlite.function_name
    Resource     = "${aws_lambda_function.cloudsqlite.function_name}:${local.lambda_alias}"
  }
  api_dimensions = {
    ApiId = aws_apigatewayv2_api.cloudsqlite.id
    Stage = aws_apigatewayv2_stage.default.name
  }

  # The function prints its own metrics as log lines in the embedded metric format (EMF).
  metric_namespace   = "CloudSQLite"
  lock_wait_metric   = "LockWait"
  emf_dimensions     = { FunctionName = aws_lambda_function.cloudsqlite.function_name }
  alarm_period       = 300
  dashboard_emf      = [local.metric_namespace, local.lock_wait_metric, "FunctionName", aws_lambda_function.cloudsqlite.function_name]
  dashboard_function = ["FunctionName", local.alias_dimensions.FunctionName, "Resource", local.alias_dimensions.Resource]
  dashboard_api      = ["ApiId", local.api_dimensions.ApiId, "Stage", local.api_dimensions.Stage]
  dashboard_table    = ["TableName", aws_dynamodb_table.locks.name]
}

resource "aws_cloudwatch_log_group" "lambda" {
  name              = "/aws/lambda/${var.lambda_function_name}"
  retention_in_days = var.log_retention_days
}

resource "aws_cloudwatch_log_group" "api" {
  name              = "/aws/apigateway/${var.api_gateway_name}"
  retention_in_days = var.log_retention_days
}

# Calls that ended without an answer: crashes, timeouts, no memory.
resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "${var.lambda_function_name}-errors"
  alarm_description   = "The function crashed or timed out. Look for ERROR in its log group."
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  dimensions          = local.alias_dimensions
  statistic           = "Sum"
  period              = local.alarm_period
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
}

# Answers with 500, 503 and 504, which to Lambda are successes.
resource "aws_cloudwatch_metric_alarm" "server_errors" {
  alarm_name          = "${var.lambda_function_name}-5xx"
  alarm_description   = "Callers get 5xx answers: the store or the lock table does not answer, or there is a defect."
  namespace           = "AWS/ApiGateway"
  metric_name         = "5xx"
  dimensions          = local.api_dimensions
  statistic           = "Sum"
  period              = local.alarm_period
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
}

resource "aws_cloudwatch_metric_alarm" "throttles" {
  alarm_name          = "${var.lambda_function_name}-throttles"
  alarm_description   = "Calls were turned away: the account's or the function's concurrency is used up."
  namespace           = "AWS/Lambda"
  metric_name         = "Throttles"
  dimensions          = local.alias_dimensions
  statistic           = "Sum"
  period              = local.alarm_period
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
}

resource "aws_cloudwatch_metric_alarm" "p99_duration" {
  alarm_name          = "${var.lambda_function_name}-p99-duration"
  alarm_description   = "One call in a hundred takes longer than ${var.alarm_p99_duration_ms} ms."
  namespace           = "AWS/Lambda"
  metric_name         = "Duration"
  dimensions          = local.alias_dimensions
  extended_statistic  = "p99"
  period              = local.alarm_period
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.alarm_p99_duration_ms
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns

  # A handful of calls has no p99 worth waking anybody for.
  evaluate_low_sample_count_percentiles = "ignore"
}

resource "aws_cloudwatch_metric_alarm" "lock_waits" {
  alarm_name          = "${var.lambda_function_name}-lock-waits"
  alarm_description   = "One write in a hundred waits longer than ${var.alarm_lock_wait_ms} ms for its database's lock: too many writers on one database, or transactions that are too long."
  namespace           = local.metric_namespace
  metric_name         = local.lock_wait_metric
  dimensions          = local.emf_dimensions
  extended_statistic  = "p99"
  period              = local.alarm_period
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.alarm_lock_wait_ms
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns

  evaluate_low_sample_count_percentiles = "ignore"
}

resource "aws_cloudwatch_dashboard" "cloudsqlite" {
  dashboard_name = var.lambda_function_name

  dashboard_body = jsonencode({
    widgets = [
      for index, widget in [
        {
          title = "Requests and refusals"
          stat  = "Sum"
          metrics = [
            concat(["AWS/ApiGateway", "Count"], local.dashboard_api),
            concat(["AWS/ApiGateway", "4xx"], local.dashboard_api),
            concat(["AWS/ApiGateway", "5xx"], local.dashboard_api),
          ]
        },
        {
          title = "Latency that callers see (ms)"
          stat  = "p99"
          metrics = [
            concat(["AWS/ApiGateway", "Latency"], local.dashboard_api, [{ stat = "p50", label = "p50" }]),
            concat(["AWS/ApiGateway", "Latency"], local.dashboard_api, [{ stat = "p99", label = "p99" }]),
          ]
        },
        {
          title = "Function duration (ms)"
          stat  = "p99"
          metrics = [
            concat(["AWS/Lambda", "Duration"], local.dashboard_function, [{ stat = "p50", label = "p50" }]),
            concat(["AWS/Lambda", "Duration"], local.dashboard_function, [{ stat = "p99", label = "p99" }]),
          ]
        },
        {
          title = "Function errors, throttles and concurrency"
          stat  = "Sum"
          metrics = [
            concat(["AWS/Lambda", "Errors"], local.dashboard_function),
            concat(["AWS/Lambda", "Throttles"], local.dashboard_function),
            concat(["AWS/Lambda", "ConcurrentExecutions"], local.dashboard_function, [{ stat = "Maximum" }]),
          ]
        },
        {
          title = "Waiting for locks (ms)"
          stat  = "p99"
          metrics = [
            concat(local.dashboard_emf, [{ stat = "p50", label = "p50" }]),
            concat(local.dashboard_emf, [{ stat = "p99", label = "p99" }]),
          ]
        },
        {
          title = "Lock table"
          stat  = "Sum"
          metrics = [
            concat(["AWS/DynamoDB", "ConsumedWriteCapacityUnits"], local.dashboard_table),
            concat(["AWS/DynamoDB", "ConsumedReadCapacityUnits"], local.dashboard_table),
            concat(["AWS/DynamoDB", "ConditionalCheckFailedRequests"], local.dashboard_table),
          ]
        },
        ] : {
        type   = "metric"
        x      = index % 2 * 12
        y      = floor(index / 2) * 6
        width  = 12
        height = 6
        properties = {
          title   = widget.title
          stat    = widget.stat
          metrics = widget.metrics
          region  = var.aws_region
          period  = 300
          view    = "timeSeries"
        }
      }
    ]
  })
}
