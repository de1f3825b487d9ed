# A schedule that has the function keep the logs of its databases short (storage format 'log').

resource "aws_cloudwatch_event_rule" "maintenance" {
  count = var.maintenance_schedule == "" ? 0 : 1

  name                = "${var.lambda_function_name}-maintenance"
  description         = "Has CloudSQLite make checkpoints and collect garbage."
  schedule_expression = var.maintenance_schedule
}

resource "aws_cloudwatch_event_target" "maintenance" {
  count = length(aws_cloudwatch_event_rule.maintenance)

  rule = aws_cloudwatch_event_rule.maintenance[0].name
  arn  = aws_lambda_alias.live.arn
  # The function knows EventBridge's own event too; this one says what is wanted.
  input = jsonencode({ cloudsqlite = "maintain" })

  # What one run leaves undone the next does: there is nothing to make up for.
  retry_policy {
    maximum_retry_attempts       = 0
    maximum_event_age_in_seconds = 300
  }
}

resource "aws_lambda_permission" "maintenance" {
  count = length(aws_cloudwatch_event_rule.maintenance)

  statement_id  = "AllowMaintenance"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.cloudsqlite.function_name
  qualifier     = aws_lambda_alias.live.name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.maintenance[0].arn
}
